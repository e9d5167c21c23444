"""RNL TSM (SE+RNL) on Kinetics-400, 16 frames.

Chapter 4 of Huang's thesis and its authors' code. With `rnl_kinetics400.py`
averaged in (`kvideo ensemble`) the thesis has top-1 77.4 %, top-5 93.2 %.

From the thesis: rate, batch, epochs, decay, dropout. From the code: the
sampling, 13-place crops, five times the rate for the classifier
(`groups="tsn"`), clipping, warm-up from a tenth. Decided by us: ImageNet
weights are Keras'. The thesis tests crops of 256 pixels; `kvideo evaluate`
tests the 224 of the network. Clips are taken from a window of 64 frames.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="RNL TSM-ResNet-50 (SE+RNL), 16 frames, on Kinetics-400",
    command="kvideo train training/recipes/rnl_kinetics400_16f.py "
    "--data data/kinetics400",
    hardware="several GPUs",
    hours="not run here",
    accuracy="top-1 77.2 %, top-5 93.1 % (10 clips x 3 crops)",
    paper="Huang, Bors: Region-based Non-local Operation, ICPR 2020",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="rnl_tsm_resnet50",
        model_overrides={
            "attention": "se+rnl",
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (16, 224, 224, 3),
            "dropout": 0.5,
        },
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop="multi_scale",
        sampler="dense",
        frame_stride=4,
        epochs=100,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.01,
            nesterov=False,
            weight_decay=0.0,
            l2=1e-4,
            groups="tsn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=5,
            warmup_start=0.1,
        ),
        protocol="rnl_kinetics400",
        out="runs/rnl_kinetics400_16f",
    ),
)
