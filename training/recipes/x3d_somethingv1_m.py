"""X3D-M on Something-Something V1, from scratch.

A baseline of the thesis (Table 5.9, its own training). Decided by us: the
settings are those of BQN on X3D-M from scratch, `bqn_ssv1_x3d_m.py`, as the
thesis gives no others; one frame from each of 16 segments. Tests of crops of
256 pixels are of the 224 of the network in `kvideo evaluate`.

One GPU has no room for such a batch: `--set accumulate=N` takes it in N parts,
or lower `batch_size` and `optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="X3D-M, 16 frames, on Something-Something V1, from scratch",
    command="kvideo train training/recipes/x3d_somethingv1_m.py --data "
    "data/somethingv1",
    hardware="16 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 46.7 %, top-5 75.5 % (6 views)",
    paper="Feichtenhofer: X3D, CVPR 2020",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="x3d_m",
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=False,
        crop="multi_scale",
        sampler="segment",
        epochs=100,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.2,
            nesterov=False,
            weight_decay=0.0,
            l2=5e-5,
            groups="bqn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
            warmup_start=0.1,
        ),
        label_smoothing=0.1,
        protocol="bqn_somethingv1",
        out="runs/x3d_somethingv1_m",
    ),
)
