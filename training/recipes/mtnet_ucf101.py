"""MTNet-M on UCF-101, fine-tuning.

The paper starts from HACS' weights. kvideo cannot yet load those of a network
with other classes: here the start is random.

The text that we have has lost the learning rate and what multiplies it for
convolutions; both, and the decay, are from the authors' code, which multiplies
the rate of all but the classifier. 150 epochs without warm-up are the paper's.
The test takes 10 clips of 3 crops, here one of one.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="MTNet-M on UCF-101",
    command="kvideo train training/recipes/mtnet_ucf101.py --data data/ucf101",
    hardware="4 GPUs",
    accuracy="top-1 95.4 %, top-5 98.1 %",
    paper="Stergiou, Poppe: Multi-Temporal Convolutions for Human Action "
    "Recognition in Videos",
    dataset="UCF-101, 101 classes; the paper does not name the split",
    run=RunConfig(
        model="mtnet_m",
        data="data/ucf101/train",
        validation_data="data/ucf101/test",
        horizontal_flip=True,
        crop_scales=(0.8,),
        frame_stride=4,
        epochs=150,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            weight_decay=0.0,
            l2=1e-4,
            groups="slow_convolutions",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=0,
        ),
        precision="mixed_float16",
        out="runs/mtnet_ucf101",
    ),
)
