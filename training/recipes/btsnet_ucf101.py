"""BTSNet-26-C32 on UCF-101, without pretraining.

Settings are those of the authors' code: 30 consecutive frames, crops of a
quarter to all of the area with sides 3:4 to 4:3, and in the test two clips of
a video that are counted one by one. The paper's figures are of the last epoch,
which is `model.keras`.

Table 2's other rows: `--model btsnet50_c32`, `resnext3d50_c32`,
`r3d_resnet50`, and `slowfast_ucf101.py`; Table 3's: `--set
"model_overrides={pathways: 3, dilations: O1, fuse: TC}"`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on UCF-101",
    command="kvideo train training/recipes/btsnet_ucf101.py --data data/ucf101",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 58.7 % (its Table 2), 60.1 % (its Table 3)",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="UCF-101, 101 classes, split 1",
    root="data/ucf101",
    run=RunConfig(
        model="btsnet26_c32",
        data="ucf101:data/ucf101?split=1&subset=train",
        validation_data="ucf101:data/ucf101?split=1&subset=test",
        horizontal_flip=True,
        crop="random_resized",
        epochs=200,
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
            milestones=(50, 100, 150),
            warmup_epochs=0,
        ),
        protocol="btsnet_ucf101",
        out="runs/btsnet_ucf101",
    ),
)
