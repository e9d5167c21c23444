"""BTSNet-26-C32 on Sports Videos in the Wild, without pretraining.

As `btsnet_hmdb51.py`; the authors' script stops after 200 epochs. What kvideo
cannot do yet is the same: crops of any aspect, and counting two clips a video
one by one in the test.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on SVW",
    command="kvideo train training/recipes/btsnet_svw.py --data data/svw",
    hardware="not stated; a GPU",
    accuracy="top-1 69.3 %",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="Sports Videos in the Wild, 30 classes, split 1",
    run=RunConfig(
        model="btsnet26_c32",
        data="data/svw/train",
        validation_data="data/svw/test",
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
        out="runs/btsnet_svw",
    ),
)
