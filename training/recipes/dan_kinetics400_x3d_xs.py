"""DAN-XS: DAN on X3D-XS, Kinetics-400, 4 segments of 8 frames, from scratch.

Section 3.6 of the thesis: rate, batch, epochs, decay, dropout, crops, and five
times the rate and the decay for the classifier (`groups="bqn"`); `joint` is
its MGDA. All 32 frames of a clip are consecutive. Settings are those of DAN-M.
Decided by us: the warm-up starts at 0.

One GPU has no room for such a batch: lower `batch_size` and
`optimizer.learning_rate` by the same factor.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-X3D-XS, S=4, T=8, on Kinetics-400",
    command="kvideo train training/recipes/dan_kinetics400_x3d_xs.py "
    "--data data/kinetics400",
    hardware="32 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="none: the thesis uses it as a start alone",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Kinetics-400, 400 classes, validation as test",
    root="data/kinetics400",
    run=RunConfig(
        model="dan_x3d_xs",
        model_overrides={"input_shape": (32, 160, 160, 3)},
        data="kinetics:data/kinetics400/annotations/train.csv"
        "?videos=data/kinetics400/train",
        validation_data="kinetics:data/kinetics400/annotations/val.csv"
        "?videos=data/kinetics400/val",
        horizontal_flip=True,
        crop=ClipCrop("short_side", short_sides=(182, 228)),
        sampler="consecutive",
        epochs=256,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.4,
            nesterov=False,
            weight_decay=0.0,
            l2=5e-5,
            groups="bqn",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        protocol="dan_kinetics400",
        out="runs/dan_kinetics400_x3d_xs",
    ),
)
