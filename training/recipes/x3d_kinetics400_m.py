"""X3D-M on Kinetics-400, from scratch.

A baseline of the papers here. Settings are those of SlowFast's released code:
normalisation without decay (`groups="no_norm_decay"`), Nesterov's momentum,
warm-up from a tenth. Decided by us: the cosine begins after the warm-up, where
that code's runs from the start; training takes the frames of the file, where
that code reads 30 a second. Tests of crops of 256 pixels are of the 224 of the
network in `kvideo evaluate`.

X3D-L: `--model x3d_l --set epochs=256 "crop={kind: short_side, short_sides:
[356, 446]}" "model_overrides={input_shape: [16, 312, 312, 3]}"
protocol=x3d_kinetics400_l`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="X3D-M, 16 frames, on Kinetics-400",
    command="kvideo train training/recipes/x3d_kinetics400_m.py --data "
    "data/kinetics400",
    hardware="8 GPUs or more",
    hours="not run here",
    accuracy="top-1 76.0 %, top-5 92.3 % (30 views)",
    paper="Feichtenhofer: X3D, CVPR 2020",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="x3d_m",
        model_overrides={"input_shape": (16, 224, 224, 3)},
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="short_side",
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
        protocol="x3d_kinetics400_m",
        out="runs/x3d_kinetics400_m",
    ),
)
