"""RNL TSM (SE+RNL) on Something-Something V1, 16 frames.

Chapter 4 of Huang's thesis and its authors' code. With
`rnl_somethingv1.py` averaged in (`kvideo.evaluate.average_scores`)
the thesis has top-1 51.3 %, top-5 80.6 % (one clip, one crop).

V1 comes as folders of JPEG frames; kvideo reads video files, so encode them.
What kvideo cannot do yet: a learning rate of the classifier's own, five times
the others'; TSN's crops, which may be stretched and lie at one of 13 places
(here square, anywhere). Clips are not mirrored, and warm-up and clipping are
the code's; ImageNet weights are Keras'.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="RNL TSM-ResNet-50 (SE+RNL), 16 frames, on Something-Something V1",
    command="kvideo train training/recipes/rnl_somethingv1_16f.py "
    "--data data/somethingv1",
    hardware="several GPUs",
    accuracy="top-1 49.4 %",
    paper="Huang, Bors: Region-based Non-local Operation, ICPR 2020",
    dataset="Something-Something V1, 174 classes, validation as test",
    run=RunConfig(
        model="rnl_tsm_resnet50",
        model_overrides={
            "attention": "se+rnl",
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (16, 224, 224, 3),
            "dropout": 0.8,
        },
        data="data/somethingv1/train",
        validation_data="data/somethingv1/test",
        horizontal_flip=False,
        crop_scales=(1.0, 0.875, 0.75, 0.66),
        epochs=50,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.02,
            nesterov=False,
            weight_decay=0.0,
            l2=8e-4,
            clip_norm=20.0,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=1,
        ),
        out="runs/rnl_somethingv1_16f",
    ),
)
