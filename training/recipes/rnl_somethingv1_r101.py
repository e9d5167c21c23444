"""RNL TSM (SE+RNL) on Something-Something V1, ResNet-101, 8 frames.

Chapter 4 of Huang's thesis and its authors' code. With
`rnl_somethingv1_16f.py` averaged in (`kvideo ensemble`) the thesis has top-1
54.1 %, top-5 82.2 % (6 views).

From the thesis: rate, batch, epochs, decay, dropout. From the code: the
sampling, 13-place crops, five times the rate for the classifier
(`groups="tsn"`), clipping, warm-up from a tenth. Decided by us: ImageNet
weights are Keras'. The thesis tests crops of 256 pixels; `kvideo evaluate`
tests the 224 of the network. Clips are not mirrored.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="RNL TSM-ResNet-101 (SE+RNL), 8 frames, on Something-Something V1",
    command="kvideo train training/recipes/rnl_somethingv1_r101.py "
    "--data data/somethingv1",
    hardware="several GPUs",
    hours="not run here",
    accuracy="top-1 50.8 %, top-5 79.8 % (2 clips x 3 crops)",
    paper="Huang, Bors: Region-based Non-local Operation, ICPR 2020",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="rnl_tsm_resnet101",
        model_overrides={
            "attention": "se+rnl",
            "weights": "imagenet",
            "stride_on": "conv2",
            "input_shape": (8, 224, 224, 3),
            "dropout": 0.8,
        },
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=False,
        crop="multi_scale",
        epochs=50,
        batch_size=64,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.02,
            nesterov=False,
            weight_decay=0.0,
            l2=8e-4,
            groups="tsn",
            clip_norm=20.0,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=1,
            warmup_start=0.1,
        ),
        protocol="rnl_somethingv1",
        out="runs/rnl_somethingv1_r101",
    ),
)
