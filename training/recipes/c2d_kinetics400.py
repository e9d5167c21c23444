"""C2D (R2D) on ResNet-50, Kinetics-400, 8 frames, from scratch.

A baseline of the papers here. Settings are those of SlowFast's released code:
normalisation without decay (`groups="no_norm_decay"`), Nesterov's momentum,
warm-up from a tenth. Decided by us: the cosine begins after the warm-up, where
that code's runs from the start; training takes the frames of the file, where
that code reads 30 a second. Tests of crops of 256 pixels are of the 224 of the
network in `kvideo evaluate`. Time is not pooled, as in CIDC's sizes.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="C2D-ResNet-50, 8 frames of 64, on Kinetics-400",
    command="kvideo train training/recipes/c2d_kinetics400.py --data "
    "data/kinetics400",
    hardware="8 GPUs or more",
    hours="not run here",
    accuracy="top-1 70.2 %, top-5 88.7 % (in CIDC's Table 2)",
    paper="Wang et al.: Non-local Neural Networks, CVPR 2018; its 2-D baseline",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="c2d_resnet50",
        model_overrides={
            "input_shape": (8, 224, 224, 3),
            "temporal_pool": False,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="short_side",
        epochs=196,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.1,
            weight_decay=0.0,
            l2=1e-4,
            groups="no_norm_decay",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=34,
            warmup_start=0.1,
        ),
        protocol="slowfast_kinetics400",
        out="runs/c2d_kinetics400",
    ),
)
