"""BQN-nano on the motion data, small enough for a laptop's CPU.

`kvideo demo` writes the data. No paper has a number for it. The protocol is
that of `benchmarks/evidence.py`, whose results are in docs/bqn.md, with the
demo's 80 training videos a class in place of 60.
"""

from kvideo.data import ClipCrop
from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-nano on the motion data",
    command="kvideo train training/recipes/motion_bqn_nano.py --data "
    "data/motion",
    hardware="a laptop",
    hours="not run here",
    accuracy="none: the data set is kvideo's",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="motion, level normal, 8 classes (kvideo.data.synthetic)",
    run=RunConfig(
        model="bqn_nano",
        # From random weights, as docs compare operators.
        model_overrides={"weights": None},
        data="data/motion/train",
        validation_data="data/motion/test",
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
        out="runs/motion_bqn_nano",
    ),
)
