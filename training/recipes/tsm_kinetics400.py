"""TSM on ResNet-50, Kinetics-400, 8 frames of a window of 64.

A baseline of the papers here. Settings are those of TSM's released code:
13-place crops, five times the rate for the classifier (`groups="tsn"`),
clipping at 20. Decided by us: ImageNet weights are Keras'. The published
network with this sampling was trained for 100 epochs by its name; the rate's
steps of that run are not published, so these are those of 50. Tests with crops
of 256 pixels are of the 224 of the network in `kvideo evaluate`.

16 frames (top-1 74.7 %): `--set frame_stride=4 "model_overrides={weights:
imagenet, stride_on: conv2, input_shape: [16, 224, 224, 3]}"`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TSM-ResNet-50, 8 frames, on Kinetics-400",
    command="kvideo train training/recipes/tsm_kinetics400.py --data "
    "data/kinetics400",
    hardware="not stated; several GPUs",
    hours="not run here",
    accuracy="top-1 74.1 %, top-5 91.2 % (10 clips x 3 crops)",
    paper="Lin, Gan, Han: TSM, ICCV 2019",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (8, 224, 224, 3),
            "dropout": 0.5,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="multi_scale",
        sampler="dense",
        frame_stride=8,
        epochs=50,
        batch_size=128,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.02,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups="tsn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(20, 40),
            warmup_epochs=0,
        ),
        protocol="tsm_kinetics400",
        out="runs/tsm_kinetics400",
    ),
)
