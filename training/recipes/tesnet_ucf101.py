"""TeSNet on Inception-ResNet-v2, UCF-101, RGB, 10 frames into 3.

Row 1 of Table 3.2. The projection loss is the layer's (beta 10), and is
trained beside the classifier's as it stands. What kvideo cannot do yet: a rate
that falls when the validation accuracy saturates (here after epochs 15 and
25, our choice), and TSN's crops, which may be stretched and lie at one of 13
places (here square, anywhere). The thesis averages 20 clips a video, here one.

64 frames (87.8 % in the thesis, with batches of 8): `--batch-size 8 --set
"model_overrides={weights: imagenet, placement: 5, squeezed_frames: [16, 4],
input_shape: [64, 299, 299, 3]}"`
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TeSNet-Inception-ResNet-v2, 10 frames, on UCF-101",
    command="kvideo train training/recipes/tesnet_ucf101.py --data data/ucf101",
    hardware="not stated; a GPU",
    accuracy="top-1 85.4 % (RGB, 20 clips)",
    paper="Huang, Bors: Temporal Squeeze Pooling, ICASSP 2020",
    dataset="UCF-101, 101 classes, split 1",
    run=RunConfig(
        model="tesnet_inception_resnet_v2",
        model_overrides={"weights": "imagenet"},
        data="data/ucf101/train",
        validation_data="data/ucf101/test",
        horizontal_flip=True,
        crop_scales=(1.0, 0.875, 0.75, 0.66),
        epochs=30,
        batch_size=32,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=1e-3,
            nesterov=False,
            weight_decay=0.0,
            l2=4e-5,
            groups="all",
        ),
        schedule=ScheduleConfig(
            kind="steps",
            milestones=(15, 25),
            warmup_epochs=0,
        ),
        out="runs/tesnet_ucf101",
    ),
)
