"""DAN-nano on the motion data with a camera that moves, trained with MGDA.

`kvideo.data.write_motion_dataset("data/camera", {"train": 60, "test": 40},
level="camera")` writes the data. No paper has a number for it. The protocol is
that of `benchmarks/evidence.py`, whose results are in docs/joint-training.md.
Other rows of that page: `--set joint=fixed "joint_options={alpha: 0.9}"`,
`--set joint=schedule`.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="DAN-nano on the motion data, with MGDA",
    command="kvideo train training/recipes/motion_dan_nano.py --data "
    "data/camera",
    hardware="a laptop",
    hours="not run here",
    accuracy="none: the data set is kvideo's",
    paper="Huang: Spatio-Temporal Modeling for Action Recognition, 2022",
    dataset="motion, level camera, 8 classes (kvideo.data.synthetic)",
    run=RunConfig(
        model="dan_nano",
        # From random weights, as docs compare operators.
        model_overrides={"weights": None},
        data="data/camera/train",
        validation_data="data/camera/test",
        horizontal_flip=False,
        crop=ClipCrop(scales=(1.0,)),
        epochs=14,
        batch_size=16,
        optimizer=OptimizerConfig(
            name="adamw",
            learning_rate=5e-3,
            weight_decay=0.02,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=1.4,
        ),
        joint="mgda",
        out="runs/motion_dan_nano",
    ),
)
