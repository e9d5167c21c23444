"""BTSNet-26-C32 on HMDB-51, without pretraining.

As `btsnet_ucf101.py`, with more epochs and one more fall of the rate. What
kvideo cannot do yet is the same: crops of any aspect, and counting two clips
a video one by one in the test.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on HMDB-51",
    command="kvideo train training/recipes/btsnet_hmdb51.py --data data/hmdb51",
    hardware="not stated; a GPU",
    accuracy="top-1 24.9 %",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="HMDB-51, 51 classes, split 1",
    run=RunConfig(
        model="btsnet26_c32",
        data="data/hmdb51/train",
        validation_data="data/hmdb51/test",
        horizontal_flip=True,
        crop_scales=(1.0, 0.875, 0.75, 0.625, 0.5),
        epochs=250,
        batch_size=32,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.1,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-3,
            groups="all",
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(50, 100, 150, 200),
            warmup_epochs=0,
        ),
        out="runs/btsnet_hmdb51",
    ),
)
