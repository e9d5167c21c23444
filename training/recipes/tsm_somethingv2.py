"""TSM on ResNet-50, Something-Something V2, 8 segments.

A baseline of the papers here. Settings are those of TSM's released code:
13-place crops, five times the rate for the classifier (`groups="tsn"`),
clipping at 20. Decided by us: ImageNet weights are Keras'. The decay is the
default of the code's options. Tests with crops of 256 pixels are of the 224 of
the network in `kvideo evaluate`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TSM-ResNet-50, 8 frames, on Something-Something V2",
    command="kvideo train training/recipes/tsm_somethingv2.py --data "
    "data/somethingv2",
    hardware="not stated; several GPUs",
    hours="not run here",
    accuracy="top-1 61.2 % (6 views)",
    paper="Lin, Gan, Han: TSM, ICCV 2019",
    dataset="Something-Something V2, 174 classes, validation as test",
    root="data/somethingv2",
    run=RunConfig(
        model="tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (8, 224, 224, 3),
            "dropout": 0.5,
        },
        data="something_v2:data/somethingv2?subset=train",
        validation_data="something_v2:data/somethingv2?subset=validation",
        horizontal_flip=False,
        crop="multi_scale",
        epochs=50,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            nesterov=False,
            weight_decay=0.0,
            l2=5e-4,
            groups="tsn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(20, 40),
            warmup_epochs=0,
        ),
        protocol="tsm_somethingv2",
        out="runs/tsm_somethingv2",
    ),
)
