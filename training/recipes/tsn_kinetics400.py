"""TSN on ResNet-50, Kinetics-400, 5 segments.

A baseline of the papers here. Settings are those of TSM's released code:
13-place crops, five times the rate for the classifier (`groups="tsn"`),
clipping at 20. Decided by us: ImageNet weights are Keras'. That code trains 5
frames and tests 8: build the network of 8,
`kvideo.create_model("tsn_resnet50",
weights="runs/tsn_kinetics400/model.keras")`, as it has the same weights.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TSN-ResNet-50, 5 frames, on Kinetics-400",
    command="kvideo train training/recipes/tsn_kinetics400.py --data "
    "data/kinetics400",
    hardware="not stated; several GPUs",
    hours="not run here",
    accuracy="top-1 70.6 %, top-5 89.2 % (8 frames, 10 clips x 3 crops)",
    paper="Wang et al.: Temporal Segment Networks, ECCV 2016",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="tsn_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (5, 224, 224, 3),
            "dropout": 0.5,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="multi_scale",
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
        out="runs/tsn_kinetics400",
    ),
)
