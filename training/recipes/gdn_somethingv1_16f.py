"""GDN on Something-Something V1, 16 frames.

With `gdn_somethingv1.py` averaged in (`kvideo ensemble`) the paper has top-1
50.2 %, top-5 78.6 %.

Clips are mirrored, and the labels that name a side change with them; the paper
mirrors, and does not say what becomes of such labels. Momentum, decay,
dropout, clipping, 13-place crops, and biases with twice the rate and no decay
are those of the code of GST, on which GDN builds, as the paper gives none.
Decided by us: ImageNet weights are Keras'.

At 112x112 (top-1 46.1 % in the paper): `--set protocol=gdn_somethingv1_112
"model_overrides={weights: imagenet, stride_on: conv2, input_shape: [16, 112,
112, 3]}"`
"""

from kvideo.data.flips import SOMETHING_SWAPS
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="GDN-ResNet-50, 16 frames, on Something-Something V1",
    command="kvideo train training/recipes/gdn_somethingv1_16f.py "
    "--data data/somethingv1",
    hardware="a GPU server",
    hours="not run here",
    accuracy="top-1 47.9 %, top-5 77.4 %",
    paper="Qiu et al.: Efficient Temporal-Spatial Feature Grouping, ICIP 2020",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="gdn_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (16, 224, 224, 3),
        },
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=SOMETHING_SWAPS,
        crop="multi_scale",
        epochs=40,
        batch_size=48,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.02,
            nesterov=False,
            weight_decay=0.0,
            l2=3e-4,
            clip_norm=20.0,
            groups={"bias": (2, 0), "norm": (1, 0), "classifier_bias": (2, 0)},
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(20, 30),
            warmup_epochs=0,
        ),
        protocol="gdn_somethingv1",
        out="runs/gdn_somethingv1_16f",
    ),
)
