"""DAN-M: DAN on X3D-M, Kinetics-400, 16 segments of 8 frames, from scratch.

MGDA is `joint`. Batch and rates are those of the thesis; the warm-up is the
one it states for ResNet. What kvideo cannot do yet: all 128 frames of a clip
consecutive (here the segments lie apart), a learning rate and a decay of the
classifier 5 times those of the convolutions, and leaving biases and
normalisation out of the decay. The thesis tests 30 views of 256 pixels, here
one of 224. It crops 224 pixels from a short side of 256 to 320: the scales
below.
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-X3D-M, S=16, T=8, on Kinetics-400",
    command="kvideo train training/recipes/dan_kinetics400_x3d_m.py "
    "--data data/kinetics400",
    hardware="32 GPUs (NVIDIA Tesla V100)",
    accuracy="top-1 77.3 %, top-5 92.8 % (30 views)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Kinetics-400, validation as test",
    run=RunConfig(
        model="dan_x3d_m",
        model_overrides={
            "input_shape": (128, 224, 224, 3),
            "frames_per_segment": 8,
        },
        data="data/kinetics400/train",
        validation_data="data/kinetics400/test",
        horizontal_flip=True,
        crop_scales=(0.875, 0.82, 0.76, 0.7),
        epochs=256,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.4,
            nesterov=False,
            weight_decay=0.0,
            l2=5e-5,
            groups="all",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        out="runs/dan_kinetics400_x3d_m",
    ),
)
