"""DAN on TSM ResNet-50, Something-Something V1, 8 segments of 4 frames.

Section 3.6 of the thesis: rate, batch, epochs, decay, dropout, crops, and five
times the rate and the decay for the classifier (`groups="bqn"`); `joint` is
its MGDA. Decided by us: the warm-up starts at 0. The thesis tests crops of 256
pixels, `kvideo evaluate` the 224 of the network.

One GPU has no room for such a batch: lower `batch_size` and
`optimizer.learning_rate` by the same factor.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-TSM-ResNet-50, S=8, T=4, on Something-Something V1",
    command="kvideo train training/recipes/dan_somethingv1.py --data "
    "data/somethingv1",
    hardware="32 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 50.1 %, top-5 78.6 % (6 views)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="dan_tsm_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "dropout": 0.8,
        },
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=False,
        crop="short_side",
        epochs=50,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.12,
            nesterov=False,
            weight_decay=0.0,
            l2=8e-4,
            groups="bqn",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        protocol="dan_somethingv1",
        out="runs/dan_somethingv1",
    ),
)
