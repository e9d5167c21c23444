"""CIDC on I3D-ResNet-50, HMDB-51, from Kinetics-400.

The head has the size that fits the paper's figures; the light one of its text
is `cidc_i3d_resnet50`. From the paper: rate, epochs, decay, dropout, crops.
Decided by us: batches of 64, and 8 frames of the 64 that a clip takes up,
which fit its operations; it does not say how many of its 32 the network sees.
It tests crops of 256 pixels; `kvideo evaluate` tests the 224 of the network.
It starts from the run of `cidc_kinetics400.py`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="CIDC on I3D-ResNet-50 on HMDB-51, from Kinetics-400",
    command="kvideo train training/recipes/cidc_hmdb51.py --data data/hmdb51",
    hardware="a GPU server",
    hours="not run here",
    accuracy="top-1 74.9 %",
    paper="Li et al.: Directional Temporal Modeling, ECCV 2020",
    dataset="HMDB-51, 51 classes, split 1",
    root="data/hmdb51",
    run=RunConfig(
        model="cidc_i3d_resnet50_paper_size",
        weights_from="runs/cidc_kinetics400/model.keras",
        data="hmdb51:data/hmdb51?split=1&subset=train",
        validation_data="hmdb51:data/hmdb51?split=1&subset=test",
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
        protocol="cidc_hmdb51",
        out="runs/cidc_hmdb51",
    ),
)
