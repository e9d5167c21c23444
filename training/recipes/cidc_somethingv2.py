"""CIDC on I3D-ResNet-50, Something-Something V2.

The head has the size that fits the paper's figures; the light one of its text
is `cidc_i3d_resnet50`. From the paper: rate, epochs, decay, dropout, crops.
Decided by us: batches of 64, and 8 frames of the 64 that a clip takes up,
which fit its operations; it does not say how many of its 32 the network sees.
It tests crops of 256 pixels; `kvideo evaluate` tests the 224 of the network.
Decided by us, too: it starts from the run of `cidc_kinetics400.py`, clips are
every other frame of 16, as these videos are short, and mirrored clips change
the labels that name a side.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="CIDC on I3D-ResNet-50 on Something-Something V2",
    command="kvideo train training/recipes/cidc_somethingv2.py --data "
    "data/somethingv2",
    hardware="a GPU server",
    hours="not run here",
    accuracy="top-1 56.3 %, top-5 83.7 %",
    paper="Li et al.: Directional Temporal Modeling, ECCV 2020",
    dataset="Something-Something V2, 174 classes, validation as test",
    root="data/somethingv2",
    run=RunConfig(
        model="cidc_i3d_resnet50_paper_size",
        weights_from="runs/cidc_kinetics400/model.keras",
        data="something_v2:data/somethingv2?subset=train",
        validation_data="something_v2:data/somethingv2?subset=validation",
        horizontal_flip=True,
        crop="short_side",
        frame_stride=2,
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
        out="runs/cidc_somethingv2",
    ),
)
