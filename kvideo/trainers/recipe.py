"""A recipe: a run, and what a paper says comes out of it."""

import dataclasses
import runpy
from pathlib import Path

from kvideo.trainers import checks
from kvideo.trainers.config import RunConfig

NOT_RUN = "not run here"


@checks.named_fields("recipe")
@dataclasses.dataclass(frozen=True)
class Recipe:
    """A run that promises a number, and says who has seen it.

    A recipe is a Python file that sets `RECIPE`; `training/recipes` holds
    those of the papers.

    Args:
        title: Network and data set.
        paper: Authors, title, where and when.
        dataset: Which videos, with what labels, split how.
        command: What starts it.
        hardware: What the paper ran on, or what is needed.
        accuracy: What the paper reports.
        run: The `RunConfig`, or a dictionary of its fields.
        hours: How long it took here.
        measured: What came out here.

    Raises:
        ValueError: A text that is empty or none, a field that does not exist
            (the message has the nearest one), or of the run.
    """

    title: str
    paper: str
    dataset: str
    command: str
    hardware: str
    accuracy: str
    run: RunConfig
    hours: str = NOT_RUN
    measured: str = NOT_RUN

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.name != "run":
                checks.check(field.name, getattr(self, field.name), checks.TEXT)
        if not isinstance(self.run, RunConfig):
            object.__setattr__(self, "run", RunConfig.from_dict(self.run))

    def run_on(self, folder):
        """The `RunConfig` with the videos of another folder.

        Args:
            folder: Has `train` and `test`, each with a folder for each class.
        """
        folder = Path(folder)
        return dataclasses.replace(
            self.run,
            data=str(folder / "train"),
            validation_data=str(folder / "test"),
        )

    @classmethod
    def load(cls, path):
        """Runs a recipe file and returns its `RECIPE`.

        Raises:
            FileNotFoundError: No such file.
            ValueError: It sets no `RECIPE`, or a wrong one. The message names
                the file.
        """
        if not Path(path).is_file():
            raise FileNotFoundError(f"No recipe at '{path}'.")
        try:
            recipe = runpy.run_path(str(path)).get("RECIPE")
        except ValueError as error:
            raise ValueError(
                f"Cannot read the recipe '{path}'. {error}"
            ) from error
        if not isinstance(recipe, cls):
            raise ValueError(
                f"A recipe file sets RECIPE = kvideo.Recipe(...). Received: "
                f"RECIPE={recipe!r} in '{path}'"
            )
        return recipe
