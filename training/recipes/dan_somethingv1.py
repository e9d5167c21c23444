"""DAN on TSM ResNet-50, Something-Something V1, 8 segments of 4 frames.

V1 comes as folders of JPEG frames; kvideo reads video files, so encode them.
MGDA is `joint`. What kvideo cannot do yet: a learning rate and a decay of the
classifier 5 times those of the convolutions, and leaving biases and
normalisation out of the decay. The thesis tests 6 views a video, here one.
It crops 224 pixels from a short side of 256 to 320: the scales below.

Table 3.9, on X3D-XS, compares ways to train: `--set joint=fixed --set
"joint_options={alpha: 0.5}"`, `--set joint=schedule`.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-TSM-ResNet-50, S=8, T=4, on Something-Something V1",
    command="kvideo train training/recipes/dan_somethingv1.py "
    "--data data/somethingv1",
    hardware="32 GPUs (NVIDIA Tesla V100)",
    accuracy="top-1 50.1 %, top-5 78.6 % (6 views)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Something-Something V1, 174 classes, validation as test",
    run=RunConfig(
        model="dan_tsm_resnet50",
        model_overrides={"weights": "imagenet", "dropout": 0.8},
        data="data/somethingv1/train",
        validation_data="data/somethingv1/test",
        horizontal_flip=False,
        crop_scales=(0.875, 0.82, 0.76, 0.7),
        epochs=50,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.12,
            nesterov=False,
            weight_decay=0.0,
            l2=8e-4,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        out="runs/dan_somethingv1",
    ),
)
