"""TeSNet on Inception-ResNet-v2, UCF-101, flow, 64 fields into 16 and 4.

Chapter 3 of Huang's thesis. The projection loss is the layer's (beta 10), and
is trained beside the classifier's as it stands. Crops are TSN's. The rate
falls to a tenth when the validation saturates; decided by us: when its loss
has not fallen for 3 epochs. `kvideo flow` writes the flow of a folder with
`train` and `test`. With `tesnet_ucf101_64f.py` averaged in (`kvideo ensemble`)
the thesis has top-1 95.2 %. Its batches of 32 may not fit: `--set
accumulate=4`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="TeSNet-Inception-ResNet-v2, 64 fields of flow, on UCF-101",
    command="kvideo train training/recipes/tesnet_ucf101_64f_flow.py "
    "--data data/ucf101_flow",
    hardware="not stated; a GPU",
    hours="not run here",
    accuracy="top-1 88.2 % (flow, 20 clips)",
    paper="Huang, Bors: Temporal Squeeze Pooling, ICASSP 2020",
    dataset="TV-L1 flow of UCF-101, 101 classes, split 1",
    run=RunConfig(
        model="tesnet_inception_resnet_v2",
        model_overrides={
            "weights": "imagenet",
            "placement": 5,
            "squeezed_frames": (16, 4),
            "input_shape": (64, 299, 299, 2),
        },
        data="data/ucf101_flow/train",
        validation_data="data/ucf101_flow/test",
        horizontal_flip=True,
        crop="multi_scale",
        epochs=30,
        batch_size=32,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=5e-3,
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
        out="runs/tesnet_ucf101_64f_flow",
    ),
)
