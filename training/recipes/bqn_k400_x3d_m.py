"""BQN on X3D-M, Kinetics-400, 48 consecutive frames, from scratch.

From the thesis (section 5.5): rate, batch, epochs, decay, dropout, warm-up,
and five times the rate and the decay for the classifier (`groups="bqn"`). From
the authors' code, on which the thesis is silent: 13-place crops, clipping at
20, label smoothing of 0.1, and a warm-up that starts at a tenth. The warm-up
is the code's. The thesis tests crops of 256 pixels; `kvideo evaluate` tests
the 224 of the network.

One GPU has no room for such a batch: `--set accumulate=N` takes it in N parts,
or lower `batch_size` and `optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-X3D-M, 48 frames, on Kinetics-400",
    command="kvideo train training/recipes/bqn_k400_x3d_m.py --data "
    "data/kinetics400",
    hardware="16 or 64 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 77.1 %, top-5 92.5 % (30 views)",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="bqn_x3d_m",
        model_overrides={
            "input_shape": (48, 224, 224, 3),
            "dropout": 0.5,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="multi_scale",
        sampler="consecutive",
        epochs=256,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.4,
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
        protocol="bqn_kinetics400_x3d_m",
        out="runs/bqn_k400_x3d_m",
    ),
)
