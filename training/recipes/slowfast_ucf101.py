"""SlowFast-50 on UCF-101, without pretraining: a baseline of BTSNet's paper.

Settings are those of the authors' code: 30 consecutive frames, crops of a
quarter to all of the area with sides 3:4 to 4:3, and in the test two clips of
a video that are counted one by one. The rate restarts every 5 epochs and falls
to 1e-5. Frames are 15 at a stride of 2.

SVW (top-1 68.5 %): `--set "data=svw:data/svw?split=1&subset=train"
"validation_data=svw:data/svw?split=1&subset=test" epochs=250
protocol=btsnet_svw out=runs/slowfast_svw`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="SlowFast-50 on UCF-101, as in BTSNet's paper",
    command="kvideo train training/recipes/slowfast_ucf101.py --data "
    "data/ucf101",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 53.2 %",
    paper="Hong, Choi: Blockwise Temporal-Spatial Pathway Network, ICIP 2021",
    dataset="UCF-101, 101 classes, split 1",
    root="data/ucf101",
    run=RunConfig(
        model="slowfast_btsnet_resnet50",
        data="ucf101:data/ucf101?split=1&subset=train",
        validation_data="ucf101:data/ucf101?split=1&subset=test",
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
            kind="restarts",
            period=5.0,
            floor=1e-3,
            warmup_epochs=0,
        ),
        protocol="btsnet_ucf101",
        out="runs/slowfast_ucf101",
    ),
)
