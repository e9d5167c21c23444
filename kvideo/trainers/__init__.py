"""Training: the one room where data, networks and export meet.

`config.py` is what a run is, `optimizer_config.py` two sections of it,
`recipe.py` what a paper promises of one, `optimizers.py`, `groups.py` and
`schedules.py` make its optimizer, `batch_norm.py` freezes or measures,
`fit.py` carries it out with plain `model.compile` / `model.fit`,
`data_meter.py`, `progress.py` and `loggers.py` show how it goes,
`run_folder.py` keeps its files, `snapshot.py` makes it resumable to the bit.
`joint_training.py` fits two losses at once, with `joint_losses.py` and
`joint_gradients.py`.
Nothing is imported before it is used.
"""

from kvideo.lazy import lazy

_HOMES = {
    "AdamW": "optimizers",
    "CoupledSGD": "optimizers",
    "DataMeter": "data_meter",
    "GROUPS": "group_table",
    "GradientAccumulation": "accumulation",
    "JointTraining": "joint_training",
    "Multigrid": "multigrid",
    "Muon": "muon",
    "NanWatch": "nan_watch",
    "OptimizerConfig": "optimizer_config",
    "ProgressBar": "progress",
    "Recipe": "recipe",
    "RunConfig": "config",
    "ScaledRate": "schedules",
    "ScheduleConfig": "optimizer_config",
    "Snapshot": "snapshot",
    "Speed": "progress",
    "StepDecay": "schedules",
    "TensorBoardLog": "loggers",
    "TrainingResult": "fit",
    "WandbLog": "loggers",
    "Warmup": "schedules",
    "datasets": "fit",
    "multigrid_schedule": "multigrid_cycles",
    "precise_batch_norm": "batch_norm",
    "train": "fit",
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)
