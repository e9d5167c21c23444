"""TSN on ResNet-50, Something-Something V1, 8 segments.

A baseline of the papers here. Settings are those of TSM's released code:
13-place crops, five times the rate for the classifier (`groups="tsn"`),
clipping at 20. Decided by us: ImageNet weights are Keras'. Decided by us: all
else as TSM on the same data, whose authors measured it.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TSN-ResNet-50, 8 frames, on Something-Something V1",
    command="kvideo train training/recipes/tsn_somethingv1.py --data "
    "data/somethingv1",
    hardware="not stated; several GPUs",
    hours="not run here",
    accuracy="top-1 19.7 %, top-5 46.6 % (1 view)",
    paper="Wang et al.: Temporal Segment Networks, ECCV 2016",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="tsn_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (8, 224, 224, 3),
            "dropout": 0.5,
        },
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
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
        protocol="tsm_efficient",
        out="runs/tsn_somethingv1",
    ),
)
