"""GDN on Something-Something V1, 16 frames.

With `gdn_somethingv1.py` averaged in (`kvideo.evaluate.average_scores`) the
paper has top-1 50.2 %, top-5 78.6 %.

V1 comes as folders of JPEG frames; kvideo reads video files, so encode them.
Clips are mirrored, and the labels that name a side change with them; the paper
mirrors, and does not say what becomes of such labels. Momentum, decay, dropout,
clipping and the scales of the crops are GST's and TSN's, as the paper gives
none; ImageNet weights are Keras'. What kvideo cannot do yet: TSN's crops, which
may be stretched and lie at one of 13 places (here square, anywhere).

At 112x112 (top-1 46.1 % in the paper):
`--set "model_overrides={weights: imagenet, stride_on: conv2, input_shape:
[16, 112, 112, 3]}"`
"""

from kvideo.data.flips import SOMETHING_SWAPS
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="GDN-ResNet-50, 16 frames, on Something-Something V1",
    command="kvideo train training/recipes/gdn_somethingv1_16f.py "
    "--data data/somethingv1",
    hardware="a GPU server",
    accuracy="top-1 47.9 %, top-5 77.4 %",
    paper="Qiu et al.: Efficient Temporal-Spatial Feature Grouping, ICIP 2020",
    dataset="Something-Something V1, 174 classes, validation as test",
    run=RunConfig(
        model="gdn_resnet50",
        model_overrides={
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (16, 224, 224, 3),
        },
        data="data/somethingv1/train",
        validation_data="data/somethingv1/test",
        horizontal_flip=SOMETHING_SWAPS,
        crop_scales=(1.0, 0.875, 0.75, 0.66),
        epochs=40,
        batch_size=48,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.02,
            nesterov=False,
            weight_decay=0.0,
            l2=3e-4,
            clip_norm=20.0,
            groups="all",
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(20, 30),
            warmup_epochs=0,
        ),
        out="runs/gdn_somethingv1_16f",
    ),
)
