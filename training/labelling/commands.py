# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector dataset propose`: a model's findings, for a person to correct."""

from __future__ import annotations

import argparse
from pathlib import Path

from inspector.cli.output import Output
from inspector.recipe import Recipe
from training.dataset.folder import DatasetFolder
from training.dataset.words import EXIT_CODES, new_action
from training.labelling.model import Finder
from training.labelling.propose import propose
from training.threads import add_threads

EXIT_CODES_OF_MODELS = f"{EXIT_CODES}\n  3  the model, the recipe or a picture cannot be used; what was done is kept"


def add_propose(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `propose` to the actions on datasets."""
    parser = new_action(actions, "propose", "let a model propose labels for the pictures that have none")
    add_model(parser)
    parser.add_argument(
        "--min-score", type=score, default=250_000, metavar="SCORE", help="without a recipe: lowest score (0.25)"
    )
    parser.add_argument("--add-classes", action="store_true", help="the dataset may get classes of the model")
    parser.add_argument("--again", action="store_true", help="also pictures with proposals of this model")
    parser.set_defaults(run=_run_propose, behind_the_line=True)


def add_model(parser: argparse.ArgumentParser) -> None:
    """What every action has that runs a model."""
    parser.epilog = EXIT_CODES_OF_MODELS
    parser.add_argument("--model", type=Path, required=True, metavar="PACKAGE", help="model package of the station")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="what counts as a finding, grey band included")
    add_threads(parser)


def score(text: str) -> int:
    """A score between 0 and 1 in parts per million."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1")
    return round(value * 1_000_000)


def load(args: argparse.Namespace) -> tuple[Finder, Recipe | None]:
    """Model and recipe, held against one another. Raises `ModelRefused`, `RecipeError`."""
    finder = Finder(args.model, args.threads)
    recipe = None if args.recipe is None else Recipe.load(args.recipe)
    if recipe is not None:
        recipe.check_classes(finder.classes, finder.floor_ppm)
    return finder, recipe


def _run_propose(args: argparse.Namespace) -> int:
    output, folder = Output(as_json=args.json), DatasetFolder(args.dataset)
    finder, recipe = load(args)
    with output.stages("Propose:") as progress:
        done = propose(
            folder,
            finder,
            recipe=recipe,
            least_ppm=args.min_score,
            add_classes=args.add_classes,
            again=args.again,
            progress=progress,
        )
    document: dict[str, object] = {"dataset": str(args.dataset), "manifest_sha256": folder.digest()}
    document |= {"model": finder.name, "model_digest": finder.digest}
    document |= {"pictures": done.pictures, "with_findings": done.with_findings, "findings": done.findings}
    output.document(document | {"known": done.known})
    output.say(
        f"{args.dataset}: {finder.name} ({finder.digest[:16]}) has seen {done.pictures} unlabelled pictures,"
        f" proposes {done.findings} boxes in {done.with_findings} of them; {done.known} had its proposals already"
    )
    if done.pictures + done.known:
        output.say(
            "These are no labels: correct them in LabelMe (inspector dataset export --labelme DIR --only-unlabelled)"
        )
    return 0
