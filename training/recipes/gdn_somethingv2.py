"""GDN on Something-Something V2, 8 frames.

With `gdn_somethingv2_16f.py` averaged in (`kvideo ensemble`) the paper has
top-1 61.1 %, top-5 86.8 %.

Clips are mirrored, and the labels that name a side change with them; the paper
mirrors, and does not say what becomes of such labels. Momentum, decay,
dropout, clipping, 13-place crops, and biases with twice the rate and no decay
are those of the code of GST, on which GDN builds, as the paper gives none.
Decided by us: ImageNet weights are Keras'.

At 112x112 (top-1 56.2 % in the paper): `--set protocol=gdn_somethingv1_112
"model_overrides={weights: imagenet, stride_on: conv2, input_shape: [8, 112,
112, 3]}"`
"""

from kvideo.data.flips import SOMETHING_SWAPS
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="GDN-ResNet-50, 8 frames, on Something-Something V2",
    command="kvideo train training/recipes/gdn_somethingv2.py --data "
    "data/somethingv2",
    hardware="a GPU server",
    hours="not run here",
    accuracy="top-1 57.6 %, top-5 84.6 %",
    paper="Qiu et al.: Efficient Temporal-Spatial Feature Grouping, ICIP 2020",
    dataset="Something-Something V2, 174 classes, validation as test",
    root="data/somethingv2",
    run=RunConfig(
        model="gdn_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (8, 224, 224, 3),
        },
        data="something_v2:data/somethingv2?subset=train",
        validation_data="something_v2:data/somethingv2?subset=validation",
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
        protocol="gdn_somethingv2",
        out="runs/gdn_somethingv2",
    ),
)
