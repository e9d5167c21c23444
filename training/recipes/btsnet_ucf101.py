"""BTSNet-26-C32 on UCF-101, without pretraining.

What kvideo cannot do yet: crops of any aspect (the authors' are 1/4 to all of
the area with sides 3:4 to 4:3; here square, 1/2 to all of the short side), and
counting two clips a video one by one in the test (here one centre clip).

Table 2's other rows: `--model btsnet50_c32`, `resnext3d50_c32`, `r3d_resnet50`;
Table 3's: `--set "model_overrides={pathways: 3, dilations: O1, fuse: TC}"`.
SlowFast's rows had another schedule (warm restarts), which is not here.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BTSNet-26-C32 on UCF-101",
    command="kvideo train training/recipes/btsnet_ucf101.py --data data/ucf101",
    hardware="not stated; a GPU",
    accuracy="top-1 58.7 % (its Table 2), 60.1 % (its Table 3)",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="UCF-101, 101 classes, split 1",
    run=RunConfig(
        model="btsnet26_c32",
        data="data/ucf101/train",
        validation_data="data/ucf101/test",
        horizontal_flip=True,
        crop_scales=(1.0, 0.875, 0.75, 0.625, 0.5),
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
        out="runs/btsnet_ucf101",
    ),
)
