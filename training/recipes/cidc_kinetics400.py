"""CIDC on I3D-ResNet-50, Kinetics-400; the second of two steps.

The head has the size that fits the paper's figures; the light one of its text
is `cidc_i3d_resnet50`. From the paper: rate, epochs, decay, dropout, crops.
Decided by us: batches of 64, and 8 frames of the 64 that a clip takes up,
which fit its operations; it does not say how many of its 32 the network sees.
It tests crops of 256 pixels; `kvideo evaluate` tests the 224 of the network.
The backbone learns first: `i3d_kinetics400.py`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="CIDC on I3D-ResNet-50, 8 frames of 64, on Kinetics-400",
    command="kvideo train training/recipes/cidc_kinetics400.py --data "
    "data/kinetics400",
    hardware="a GPU server",
    hours="not run here",
    accuracy="top-1 74.5 %, top-5 91.3 %",
    paper="Li et al.: Directional Temporal Modeling, ECCV 2020",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="cidc_i3d_resnet50_paper_size",
        model_overrides={
            "input_shape": (8, 224, 224, 3),
            "backbone_weights": "runs/i3d_kinetics400/model.keras",
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="short_side",
        epochs=100,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups="all",
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(40, 80),
            warmup_epochs=0,
        ),
        protocol="cidc_kinetics400",
        out="runs/cidc_kinetics400",
    ),
)
