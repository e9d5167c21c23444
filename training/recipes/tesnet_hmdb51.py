"""TeSNet on Inception-ResNet-v2, HMDB-51, RGB, 64 frames into 16 and 4.

Chapter 3 of Huang's thesis. The projection loss is the layer's (beta 10), and
is trained beside the classifier's as it stands. Crops are TSN's. The rate
falls to a tenth when the validation saturates; decided by us: when its loss
has not fallen for 3 epochs. This is the stream of RGB; that of flow is trained
as `tesnet_ucf101_64f_flow.py`. Batches of 32 may not fit: `--set
accumulate=4`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TeSNet-Inception-ResNet-v2, 64 frames, on HMDB-51",
    command="kvideo train training/recipes/tesnet_hmdb51.py --data data/hmdb51",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 71.5 % (RGB and flow, three splits)",
    paper="Huang, Bors: Temporal Squeeze Pooling, ICASSP 2020",
    dataset="HMDB-51, 51 classes, split 1",
    root="data/hmdb51",
    run=RunConfig(
        model="tesnet_inception_resnet_v2",
        model_overrides={
            "weights": "imagenet",
            "placement": 5,
            "squeezed_frames": (16, 4),
            "input_shape": (64, 299, 299, 3),
        },
        data="hmdb51:data/hmdb51?split=1&subset=train",
        validation_data="hmdb51:data/hmdb51?split=1&subset=test",
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
        protocol="tesnet_hmdb51",
        out="runs/tesnet_hmdb51",
    ),
)
