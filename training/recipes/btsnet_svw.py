"""BTSNet-26-C32 on Sports Videos in the Wild, without pretraining.

Settings are those of the authors' code: 30 consecutive frames, crops of a
quarter to all of the area with sides 3:4 to 4:3, and in the test two clips of
a video that are counted one by one. The authors' script stops after 200
epochs, the paper says 250. The paper's figure is of the last epoch, which is
`model.keras`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on SVW",
    command="kvideo train training/recipes/btsnet_svw.py --data data/svw",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 69.3 %",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="Sports Videos in the Wild, 30 classes, split 1",
    root="data/svw",
    run=RunConfig(
        model="btsnet26_c32",
        data="svw:data/svw?split=1&subset=train",
        validation_data="svw:data/svw?split=1&subset=test",
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
        protocol="btsnet_svw",
        out="runs/btsnet_svw",
    ),
)
