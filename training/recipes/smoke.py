"""Two epochs of BQN-nano on 24 videos: does training work here?

Seconds on a laptop, most of which the first step takes; nothing is learned.
The videos are written by

    from kvideo.data import write_motion_dataset

    write_motion_dataset("data/smoke", {"train": 2, "test": 1})
"""

from kvideo.trainers import OptimizerConfig, Recipe, RunConfig, ScheduleConfig

RECIPE = Recipe(
    title="BQN-nano on 24 videos: does training work?",
    command="kvideo train training/recipes/smoke.py --data data/smoke",
    hardware="a laptop",
    hours="not run here",
    accuracy="none: the data set is kvideo's",
    paper="Huang, Bors: Busy-Quiet Video Disentangling, WACV 2022; "
    "thesis, ch. 5",
    dataset="motion, two and one video of each of 8 classes",
    run=RunConfig(
        model="bqn_nano",
        data="data/smoke/train",
        validation_data="data/smoke/test",
        horizontal_flip=False,
        epochs=2,
        batch_size=4,
        optimizer=OptimizerConfig(
            learning_rate=2e-3,
        ),
        schedule=ScheduleConfig(
            warmup_epochs=0,
        ),
        out="runs/smoke",
    ),
)
