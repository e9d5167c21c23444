"""BTSNet-26-C32 on Epic-Kitchens, without pretraining.

Nouns and verbs are two trainings: one folder for each, with every action
segment as a file of its own (kvideo cannot cut them out of the long videos).
The authors give 200 to 250 epochs. Else what `btsnet_ucf101.py` says is
missing is missing here: crops of any aspect, and counting two clips a segment
one by one in the test.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on Epic-Kitchens",
    command="kvideo train training/recipes/btsnet_epic_kitchens.py "
    "--data data/epic_kitchens/nouns",
    hardware="not stated; a GPU",
    accuracy="top-1 25.8 % (nouns), 41.2 % (verbs)",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="Epic-Kitchens, 26,074 and 2,398 segments; 352 nouns or 125 verbs",
    run=RunConfig(
        model="btsnet26_c32",
        data="data/epic_kitchens/nouns/train",
        validation_data="data/epic_kitchens/nouns/test",
        horizontal_flip=True,
        crop_scales=(1.0, 0.875, 0.75, 0.625, 0.5),
        epochs=200,
        batch_size=32,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-3,
            groups="all",
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(50, 100, 150),
            warmup_epochs=0,
        ),
        out="runs/btsnet_epic_kitchens",
    ),
)
