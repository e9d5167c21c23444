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
        root: The folder of the data set, as it stands in the texts `data` and
            `validation_data` of the run; `run_on` puts another one there.
            Empty: they are folders `train` and `test` with a folder of
            videos for each class.
        hours: How long it took here.
        measured: What came out here.

    Raises:
        ValueError: A text that is empty or none, a field that does not exist
            (the message has the nearest one), a root that is not in the data
            of the run, or what the run refuses.
    """

    title: str
    paper: str
    dataset: str
    command: str
    hardware: str
    accuracy: str
    run: RunConfig
    root: str = ""
    hours: str = NOT_RUN
    measured: str = NOT_RUN

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if field.name not in ("run", "root"):
                checks.check(field.name, getattr(self, field.name), checks.TEXT)
        if not isinstance(self.run, RunConfig):
            object.__setattr__(self, "run", RunConfig.from_dict(self.run))
        if self.root not in self.run.data:
            raise ValueError(
                "`root` must stand in the data of the run. Received: "
                f"root={self.root!r}, data={self.run.data!r}"
            )

    def run_on(self, folder):
        """The `RunConfig` with the videos of another folder.

        Args:
            folder: That of the data set, in the place of `root`. Without a
                `root` it has `train` and `test`, each with a folder of videos
                for each class.
        """
        if self.root:
            texts = (self.run.data, self.run.validation_data)
            data, validation_data = (
                text and text.replace(self.root, str(folder)) for text in texts
            )
        else:
            data, validation_data = (
                str(Path(folder) / part) for part in ("train", "test")
            )
        return dataclasses.replace(
            self.run, data=data, validation_data=validation_data
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
