"""DAN-XS: DAN on X3D-XS, Something-Something V1, 4 segments of 8 frames.

Section 3.6 of the thesis: rate, batch, epochs, decay, dropout, crops, and five
times the rate and the decay for the classifier (`groups="bqn"`); `joint` is
its MGDA. "The backbone networks are pretrained on Kinetics": it starts from
the plain network of `x3d_kinetics400_xs.py`, and the projection at random. The
warm-up is the one that the thesis states for ResNet. Decided by us: the
warm-up starts at 0.

Table 3.9 compares ways to train: `--set joint=fixed "joint_options={alpha:
0.5}"`, `--set joint=schedule`, `--set joint=separate`.

One GPU has no room for such a batch: lower `batch_size` and
`optimizer.learning_rate` by the same factor.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-X3D-XS, S=4, T=8, on Something-Something V1",
    command="kvideo train training/recipes/dan_somethingv1_x3d_xs.py "
    "--data data/somethingv1",
    hardware="32 GPUs (NVIDIA Tesla V100)",
    hours="not run here",
    accuracy="top-1 43.1 %, top-5 73.4 % (6 views)",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="Something-Something V1, 174 classes, validation as test",
    root="data/somethingv1",
    run=RunConfig(
        model="dan_x3d_xs",
        model_overrides={
            "input_shape": (32, 160, 160, 3),
            "dropout": 0.8,
        },
        weights_from="runs/x3d_kinetics400_xs/model.keras",
        data="something_v1:data/somethingv1?subset=train",
        validation_data="something_v1:data/somethingv1?subset=validation",
        horizontal_flip=False,
        crop=ClipCrop("short_side", short_sides=(182, 228)),
        epochs=50,
        batch_size=256,
        optimizer=OptimizerConfig(
            name="sgd",
            learning_rate=0.12,
            nesterov=False,
            weight_decay=0.0,
            l2=4e-4,
            groups="bqn",
        ),
        schedule=ScheduleConfig(
            warmup_epochs=7,
        ),
        joint="mgda",
        protocol="dan_somethingv1_x3d_xs",
        out="runs/dan_somethingv1_x3d_xs",
    ),
)
