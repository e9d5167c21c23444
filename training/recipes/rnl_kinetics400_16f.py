"""RNL TSM (SE+RNL) on Kinetics-400, 16 frames.

Chapter 4 of Huang's thesis and its authors' code. With
`rnl_kinetics400.py` averaged in (`kvideo.evaluate.average_scores`)
the thesis has top-1 77.4 %, top-5 93.2 %, over 10 clips and 3 crops of each
video, where kvideo's test takes one of each.

What kvideo cannot do yet: the code's clips, 16 frames from a window of 64
(here one from each of 16 segments of the whole video); a learning rate of
the classifier's own, five times the others'; TSN's crops, which may be
stretched and lie at one of 13 places (here square, anywhere). Warm-up and
clipping are the code's; ImageNet weights are Keras'.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="RNL TSM-ResNet-50 (SE+RNL), 16 frames, on Kinetics-400",
    command="kvideo train training/recipes/rnl_kinetics400_16f.py "
    "--data data/kinetics400",
    hardware="several GPUs",
    accuracy="top-1 77.2 %, top-5 93.1 % (10 clips x 3 crops)",
    paper="Huang, Bors: Region-based Non-local Operation, ICPR 2020",
    dataset="Kinetics-400, 400 classes, validation as test",
    run=RunConfig(
        model="rnl_tsm_resnet50",
        model_overrides={
            "attention": "se+rnl",
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (16, 224, 224, 3),
            "dropout": 0.5,
        },
        data="data/kinetics400/train",
        validation_data="data/kinetics400/test",
        horizontal_flip=True,
        crop_scales=(1.0, 0.875, 0.75, 0.66),
        epochs=100,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            clip_norm=20.0,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=5,
        ),
        out="runs/rnl_kinetics400_16f",
    ),
)
