"""`kvideo train`: a recipe, a YAML file or options become a run."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from kvideo import console
from kvideo.files import write_atomically


def train(
    source: Annotated[
        str | None,
        typer.Argument(
            help="Folder of class folders, list, data set "
            "(ucf101:FOLDER?split=1), or a recipe."
        ),
    ] = None,
    more: Annotated[
        list[str] | None, typer.Argument(help="Further name=value of --set.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Of a recipe: the folder of its data set."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="Registry name, or MODULE:FUNCTION of a function that takes "
            "`classes` and returns a keras.Model."
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="What it begins with: motion (in the package; the default "
            "where there are some), none (at random), imagenet, or a .keras or "
            ".weights.h5 file, all but its classifier."
        ),
    ] = None,
    out: Annotated[str | None, typer.Option(help="Output folder.")] = None,
    validation_data: Annotated[
        str | None, typer.Option(help="Folder of held-out videos.")
    ] = None,
    epochs: Annotated[int | None, typer.Option()] = None,
    batch_size: Annotated[int | None, typer.Option()] = None,
    learning_rate: Annotated[float | None, typer.Option()] = None,
    class_weight: Annotated[
        str | None,
        typer.Option(help="balanced: all classes count alike in the loss."),
    ] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    strategy: Annotated[
        str | None,
        typer.Option(help="Devices: auto, none, mirrored, multi-worker."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A YAML file of a RunConfig.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="Any other field, as name=value or section.name=value; "
            "more of them may follow without --set.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Go on with the run in --out.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option(help="Replace the run in --out.")
    ] = False,
    eject: Annotated[
        Path | None,
        typer.Option(
            help="Do not train: write this Python file, which does the same "
            "in plain Keras."
        ),
    ] = None,
):
    """Train a network on videos.

    Example: kvideo train data/motion/train --model bqn_nano --epochs 12
    --out runs/motion --set optimizer.name=sgd optimizer.momentum=0.8

    Your own network: kvideo train data/motion/train --model my_module:build

    A recipe: kvideo train training/recipes/motion_gdn_nano.py
    --data data/motion --epochs 2
    """
    options = {
        "model": model,
        "out": out,
        "validation_data": validation_data,
        "epochs": epochs,
        "batch_size": batch_size,
        "optimizer.learning_rate": learning_rate,
        "class_weight": class_weight,
        "seed": seed,
        "strategy": strategy,
    }
    fields = _start(source, data, config)
    if weights is not None:
        options |= started_from(weights)
    for name, value in options.items():
        if value is not None or name == "model_overrides.weights":
            _assign(fields, name, value)
    run = _run_config(fields, [*(set_ or []), *(more or [])])
    if eject is not None:
        _write_script(eject, run)
        return
    # Workers must join before all else.
    console.start_backend(compute=run.strategy != "multi-worker")
    from kvideo.trainers.fit import train as run_training

    if run.strategy == "multi-worker":
        console.OUT.print("Waiting for the other workers.")
    with console.interruptible(lambda: _kept(run)):
        result = run_training(run, resume=resume, overwrite=overwrite)
    if result.out is not None:
        console.OUT.print(f"Saved {result.out / 'model.keras'} and best.keras")


def _kept(run):
    """What an interrupted run has, and how to go on."""
    history = Path(run.out) / "history.csv"
    rows = history.read_text().count("\n") if history.is_file() else 0
    if rows < 2:
        return (
            f"No epoch was finished; the same command with --resume begins "
            f"the run in '{run.out}' anew."
        )
    return (
        f"{rows - 1} of {run.epochs} epochs are kept in '{run.out}'; the same "
        "command with --resume goes on after them."
    )


def started_from(weights):
    """The field of a run that `--weights` sets: a file's own, or a name's."""
    if weights == "none":
        return {"model_overrides.weights": None}
    is_file = Path(weights).is_file()
    name = "weights_from" if is_file else "model_overrides.weights"
    return {name: weights}


def _write_script(path, run):
    console.start_backend()
    from kvideo.trainers.eject import script

    if path.exists():
        raise ValueError(f"There is a file '{path}' already.")
    write_atomically(path, script(run).encode("utf-8"))
    console.OUT.print(f"Wrote {path}; start it with `python {path}`")


def _start(source, data, config):
    """The fields that options and assignments change."""
    if source is not None and source.endswith(".py"):
        if config is not None:
            raise ValueError(
                "A run starts from a recipe or from --config. Received: "
                f"both '{source}' and '{config}'"
            )
        return _of_recipe(source, data)
    if data is not None:
        raise ValueError(
            "`--data` goes with a recipe. Without one, the folder of class "
            f"folders is the first argument. Received: --data {data}"
        )
    from kvideo.trainers.config import RunConfig

    fields = RunConfig.load(config).to_dict() if config else {}
    return fields | ({"data": source} if source is not None else {})


def _of_recipe(path, data):
    from kvideo.trainers.recipe import Recipe

    recipe = Recipe.load(path)
    console.OUT.print(
        f"{recipe.title}. Paper: {recipe.accuracy}. Here: {recipe.measured}.",
    )
    run = recipe.run if data is None else recipe.run_on(data)
    return run.to_dict()


def _run_config(fields, assignments):
    """A `RunConfig` of fields, over which assignments take precedence."""
    from kvideo.trainers.config import RunConfig

    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ValueError(
                f"`--set` takes name=value. Received: {assignment!r}"
            )
        _assign(fields, name, yaml.safe_load(value))
    return RunConfig.from_dict(fields)


def _assign(fields, name, value):
    """Sets a field, or with `section.field` that of a section."""
    section, dot, field = name.partition(".")
    if not dot:
        fields[name] = value
        return
    inner = fields.setdefault(section, {})
    if not isinstance(inner, dict):
        raise ValueError(
            f"`{section}` is no section of a run, so it has no `{field}`. "
            f"Received: {name}={value!r}"
        )
    inner[field] = value
