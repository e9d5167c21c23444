"""BQN on TSM ResNet-50, Kinetics-400, 48 consecutive frames.

From the thesis (section 5.5): rate, batch, epochs, decay, dropout, warm-up,
and five times the rate and the decay for the classifier (`groups="bqn"`). From
the authors' code, on which the thesis is silent: 13-place crops, clipping at
20, label smoothing of 0.1, and a warm-up that starts at a tenth. Decided by
us: ImageNet weights, from which both pathways start as in the thesis, are
Keras'. The thesis tests crops of 256 pixels; `kvideo evaluate` tests the 224
of the network.

72 frames (top-1 77.3 %, top-5 93.2 %, 10 views): `--set
"model_overrides={weights: imagenet, stride_on: conv2, input_shape: [72, 224,
224, 3], dropout: 0.5}"`.

One GPU has no room for such a batch: `--set accumulate=N` takes it in N parts,
or lower `batch_size` and `optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-TSM-ResNet-50, 48 frames, on Kinetics-400",
    command="kvideo train training/recipes/bqn_k400_tsm_r50.py --data "
    "data/kinetics400",
    hardware="64 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 76.8 %, top-5 92.4 % (10 views)",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="bqn_tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
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
        epochs=100,
        batch_size=512,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.08,
            nesterov=False,
            weight_decay=0.0,
            l2=2e-4,
            groups="bqn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
            warmup_start=0.1,
        ),
        label_smoothing=0.1,
        protocol="bqn_kinetics400",
        out="runs/bqn_k400_tsm_r50",
    ),
)
