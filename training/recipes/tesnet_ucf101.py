"""TeSNet on Inception-ResNet-v2, UCF-101, RGB, 10 frames into 3.

Chapter 3 of Huang's thesis. The projection loss is the layer's (beta 10), and
is trained beside the classifier's as it stands. Crops are TSN's. The rate
falls to a tenth when the validation saturates; decided by us: when its loss
has not fallen for 3 epochs. Row 1 of Table 3.2.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TeSNet-Inception-ResNet-v2, 10 frames, on UCF-101",
    command="kvideo train training/recipes/tesnet_ucf101.py --data data/ucf101",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 85.4 % (RGB, 20 clips)",
    paper="Huang, Bors: Temporal Squeeze Pooling, ICASSP 2020",
    dataset="UCF-101, 101 classes, split 1",
    root="data/ucf101",
    run=RunConfig(
        model="tesnet_inception_resnet_v2",
        model_overrides={"weights": "imagenet"},
        data="ucf101:data/ucf101?split=1&subset=train",
        validation_data="ucf101:data/ucf101?split=1&subset=test",
        horizontal_flip=True,
        crop="multi_scale",
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
            kind="plateau",
            monitor="accuracy",
            patience=3,
            warmup_epochs=0,
        ),
        protocol="tesnet_ucf101",
        out="runs/tesnet_ucf101",
    ),
)
