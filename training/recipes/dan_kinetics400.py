"""DAN on TSM ResNet-50, Kinetics-400, 16 segments of 8 frames.

Section 3.6 of the thesis: rate, batch, epochs, decay, dropout, crops, and five
times the rate and the decay for the classifier (`groups="bqn"`); `joint` is
its MGDA. All 128 frames of a clip are consecutive. Decided by us: the warm-up
starts at 0. The thesis tests crops of 256 pixels, `kvideo evaluate` the 224 of
the network.

One GPU has no room for such a batch: lower `batch_size` and
`optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-TSM-ResNet-50, S=16, T=8, on Kinetics-400",
    command="kvideo train training/recipes/dan_kinetics400.py --data "
    "data/kinetics400",
    hardware="64 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 75.9 %, top-5 92.2 % (30 views)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="dan_tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (128, 224, 224, 3),
            "frames_per_segment": 8,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="short_side",
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
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        protocol="dan_kinetics400",
        out="runs/dan_kinetics400",
    ),
)
