"""MTNet-M on Kinetics-700.

The paper starts from HACS' weights. kvideo cannot yet load those of a network
with other classes: here the start is random.

The text that we have has lost the learning rate, the decay and the epochs:
they, and Nesterov's momentum, are defaults of the authors' code, whose 0.1 is
the rate of the largest batches, an eighth of it that of batches of 64. The
stages of multigrid training are those of its authors for Kinetics. Differences:
the cosine begins after the warm-up; colours and perspective are not changed as
in that code. The test takes 10 clips of 3 crops, here one of one.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="MTNet-M on Kinetics-700",
    command="kvideo train training/recipes/mtnet_kinetics700.py "
    "--data data/kinetics700",
    hardware="4 GPUs",
    accuracy="lost in the text that we have",
    paper="Stergiou, Poppe: Multi-Temporal Convolutions for Human Action "
    "Recognition in Videos",
    dataset="Kinetics-700, validation as test",
    run=RunConfig(
        model="mtnet_m",
        data="data/kinetics700/train",
        validation_data="data/kinetics700/test",
        horizontal_flip=True,
        crop_scales=(0.8,),
        frame_stride=5,
        epochs=120,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.0125,
            weight_decay=0.0,
            l2=1e-4,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_steps=8000,
        ),
        multigrid=(94, 60, 42, 43),
        precision="mixed_float16",
        out="runs/mtnet_kinetics700",
    ),
)
