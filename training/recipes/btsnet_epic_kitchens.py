"""BTSNet-26-C32 on Epic-Kitchens, without pretraining.

Settings are those of the authors' code: 30 consecutive frames, crops of a
quarter to all of the area with sides 3:4 to 4:3, and in the test two clips of
a video that are counted one by one. The authors give 200 to 250 epochs.
Decided by us: which 2,398 segments are held out, drawn at random, as the paper
does not name them.

Verbs are a training of their own: a copy of this file with `labels=verb`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on Epic-Kitchens",
    command="kvideo train training/recipes/btsnet_epic_kitchens.py "
    "--data data/epic_kitchens",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 25.8 % (nouns), 41.2 % (verbs)",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="Epic-Kitchens-55, 26,074 and 2,398 segments; 352 nouns or "
    "125 verbs",
    root="data/epic_kitchens",
    run=RunConfig(
        model="btsnet26_c32",
        data="epic_kitchens:data/epic_kitchens/EPIC_train_action_labels.csv"
        "?videos=data/epic_kitchens&labels=noun",
        validation_split=0.084225,
        horizontal_flip=True,
        crop="random_resized",
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
        protocol="btsnet_epic_kitchens",
        out="runs/btsnet_epic_kitchens",
    ),
)
