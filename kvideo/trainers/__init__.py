"""Training: the one room where data, networks and export meet.

`config.py` is what a run is, `recipe.py` what a paper promises of one,
`optimizers.py` makes its optimizer, `fit.py` carries it out with plain
`model.compile` / `model.fit`, `run_folder.py` keeps its files, `snapshot.py`
makes it resumable to the bit. `joint_training.py` fits two losses at once,
with `joint_losses.py` and `joint_gradients.py`.
Nothing is imported before it is used.
"""

from kvideo.lazy import lazy

_NAMES = {
    "CoupledSGD": "optimizers",
    "JointTraining": "joint_training",
    "Multigrid": "multigrid",
    "Recipe": "recipe",
    "RunConfig": "config",
    "ScaledRate": "optimizers",
    "Snapshot": "snapshot",
    "StepDecay": "optimizers",
    "TrainingResult": "fit",
    "datasets": "fit",
    "multigrid_schedule": "multigrid_schedule",
    "train": "fit",
}

__getattr__, __dir__, __all__ = lazy(__name__, _NAMES)
