"""MTNet-M on Kinetics-400.

It starts from the run of `mtnet_hacs.py`, as in the paper. The text that we
have has lost the learning rate, the decay and the epochs: they, and Nesterov's
momentum, are defaults of the authors' code, whose 0.1 is the rate of the
largest batches, an eighth of it that of batches of 64. The stages of multigrid
training are those of its authors for Kinetics. Decided by us: the cosine
begins after the warm-up; colours and perspective are not changed as in that
code. Crops of 256 pixels of a short side of 320 are crops of 0.8 of the side.

MTNet-S (74.8 %, 92.1 %) and MTNet-L (78.1 %, 93.2 %): `--model mtnet_s`,
`--model mtnet_l`, from their own runs on HACS.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="MTNet-M on Kinetics-400",
    command="kvideo train training/recipes/mtnet_kinetics400.py --data "
    "data/kinetics400",
    hardware="4 GPUs",
    hours="not run here",
    accuracy="top-1 76.6 %, top-5 92.5 %",
    paper="Stergiou, Poppe: Multi-Temporal Convolutions for Human "
    "Action Recognition in Videos",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="mtnet_m",
        weights_from="runs/mtnet_hacs/model.keras",
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop=ClipCrop(scales=(0.8,)),
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
        protocol="mtnet_kinetics400",
        out="runs/mtnet_kinetics400",
    ),
)
