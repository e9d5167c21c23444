"""Training: the one room where data, networks and export meet.

`config.py` is what a run is, `optimizer_config.py` two sections of it,
`recipe.py` what a paper promises of one, `optimizers.py`, `groups.py` and
`schedules.py` make its optimizer, `batch_norm.py` freezes or measures,
`fit.py` carries it out with plain `model.compile` / `model.fit`,
`run_folder.py` keeps its files, `snapshot.py` makes it resumable to the bit.
`joint_training.py` fits two losses at once, with `joint_losses.py` and
`joint_gradients.py`.
Nothing is imported before it is used.
"""

from kvideo.lazy import lazy

_NAMES = {
    "AdamW": "optimizers",
    "CoupledSGD": "optimizers",
    "GROUPS": "groups",
    "JointTraining": "joint_training",
    "Multigrid": "multigrid",
    "OptimizerConfig": "optimizer_config",
    "Recipe": "recipe",
    "RunConfig": "config",
    "ScaledRate": "schedules",
    "ScheduleConfig": "optimizer_config",
    "Snapshot": "snapshot",
    "StepDecay": "schedules",
    "TrainingResult": "fit",
    "Warmup": "schedules",
    "datasets": "fit",
    "multigrid_schedule": "multigrid_schedule",
    "precise_batch_norm": "batch_norm",
    "train": "fit",
}

__getattr__, __dir__, __all__ = lazy(__name__, _NAMES)
