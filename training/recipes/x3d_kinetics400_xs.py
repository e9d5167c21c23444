"""X3D-XS on Kinetics-400, from scratch.

A baseline of the papers here. Settings are those of SlowFast's released code:
normalisation without decay (`groups="no_norm_decay"`), Nesterov's momentum,
warm-up from a tenth. Decided by us: the cosine begins after the warm-up, where
that code's runs from the start; training takes the frames of the file, where
that code reads 30 a second. Tests of crops of 182 pixels are of the 160 of the
network in `kvideo evaluate`.

X3D-S: `--model x3d_s --set "model_overrides={input_shape: [13, 160, 160, 3]}"
protocol=x3d_kinetics400_s`.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="X3D-XS, 4 frames, on Kinetics-400",
    command="kvideo train training/recipes/x3d_kinetics400_xs.py --data "
    "data/kinetics400",
    hardware="8 GPUs or more",
    hours="not run here",
    accuracy="none in the papers that kvideo follows",
    paper="Feichtenhofer: X3D, CVPR 2020",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="x3d_xs",
        model_overrides={"input_shape": (4, 160, 160, 3)},
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop=ClipCrop("short_side", short_sides=(182, 228)),
        epochs=300,
        batch_size=128,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.1,
            weight_decay=0.0,
            l2=5e-5,
            groups="no_norm_decay",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=35,
            warmup_start=0.1,
        ),
        protocol="x3d_kinetics400_xs",
        out="runs/x3d_kinetics400_xs",
    ),
)
