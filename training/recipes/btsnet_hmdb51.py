"""BTSNet-26-C32 on HMDB-51, without pretraining.

Settings are those of the authors' code: 30 consecutive frames, crops of a
quarter to all of the area with sides 3:4 to 4:3, and in the test two clips of
a video that are counted one by one. The paper's figure is of the last epoch,
which is `model.keras`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on HMDB-51",
    command="kvideo train training/recipes/btsnet_hmdb51.py --data data/hmdb51",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 24.9 %",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="HMDB-51, 51 classes, split 1",
    root="data/hmdb51",
    run=RunConfig(
        model="btsnet26_c32",
        data="hmdb51:data/hmdb51?split=1&subset=train",
        validation_data="hmdb51:data/hmdb51?split=1&subset=test",
        horizontal_flip=True,
        crop="random_resized",
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
        protocol="btsnet_hmdb51",
        out="runs/btsnet_hmdb51",
    ),
)
