# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector dataset next`: the pictures most worth labelling, each with its reason."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from inspector.cli.output import Output
from training.dataset import sheet
from training.dataset.commands import band, number, share
from training.dataset.export import to_labelme
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Manifest
from training.dataset.words import new_action
from training.labelling.commands import add_model, load
from training.labelling.model import Finder, classes_with
from training.labelling.next import Chosen, Wish, next_images
from training.options import count


def add_next(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `next` to the actions on datasets."""
    parser = new_action(actions, "next", "name the pictures that are most worth labelling, and why")
    add_model(parser)
    parser.add_argument("--against", type=Path, metavar="PACKAGE", help="a second model, to see where they disagree")
    parser.add_argument("--count", type=count, default=20, help="so many pictures (20)")
    parser.add_argument(
        "--random-share", type=share, default=200_000, metavar="PERCENT", help="of them, drawn at random (20)"
    )
    parser.add_argument(
        "--grey", type=band, default=(200_000, 600_000), metavar="LOW:HIGH", help="doubtful scores (0.2:0.6)"
    )
    parser.add_argument("--seed", type=number, default=0, help="another number draws others at random (0)")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw them into a .jpg or .png")
    parser.add_argument("--labelme", type=Path, metavar="DIR", help="write them for LabelMe into a new folder")
    parser.set_defaults(run=_run_next, behind_the_line=True)


def _run_next(args: argparse.Namespace) -> int:
    output, folder = Output(as_json=args.json), DatasetFolder(args.dataset)
    manifest = folder.load()
    finder, recipe = load(args)
    against = None if args.against is None else Finder(args.against, args.threads)
    wish = Wish(args.count, args.random_share, args.seed, recipe, args.grey)
    with output.stages("Look:") as progress:
        found = next_images(folder.path, manifest, finder, wish, against=against, progress=progress)
    pool = sum(one.state == "unlabelled" for one in manifest.images)
    if args.sheet is not None:
        _draw(args.sheet, folder.path, manifest, found, pool)
    if args.labelme is not None:
        _to_label(args.labelme, folder.path, manifest, finder, found)
    document: dict[str, object] = {"dataset": str(args.dataset), "manifest_sha256": folder.digest()}
    document |= {"model": finder.name, "model_digest": finder.digest, "seed": args.seed, "pool": pool}
    document |= {"against_digest": None if against is None else against.digest}
    document |= {"recipe_digest": None if recipe is None else recipe.digest}
    drawn = [one for one in found if one.pick.kind == "random"]
    probability = drawn[0].pick.probability_ppm if drawn else None
    document |= {"random": {"count": len(drawn), "of": pool, "probability_ppm": probability}}
    document |= {"sheet": _name(args.sheet), "labelme": _name(args.labelme)}
    output.document(document | {"images": [_plain(one) for one in found]})
    _say(output, found, pool)
    return 0


def _name(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _plain(one: Chosen) -> dict[str, object]:
    return {
        "sha256": one.image.sha256,
        "file": one.image.file,
        "name": one.image.source.file,
        "part": one.image.part,
        "kind": one.pick.kind,
        "why": one.pick.words,
        "probability_ppm": one.pick.probability_ppm,
        "findings": [box.model_dump(mode="json", by_alias=True) for box in one.image.proposals],
    }


def _say(output: Output, found: list[Chosen], pool: int) -> None:
    rows = [
        (number, one.image.sha256[:16], one.image.source.file, one.pick.kind, one.pick.words)
        for number, one in enumerate(found, 1)
    ]
    output.table(f"{len(found)} of {pool} pictures without labels", ("", "picture", "name there", "kind", "why"), rows)
    drawn = sum(one.pick.kind == "random" for one in found)
    if drawn:
        output.say(
            f"How often the model is wrong on these {pool} pictures may be estimated from the {drawn} random ones"
            f" only, if all of them are labelled (each drawn with probability {drawn / pool:.4g}): the others were"
            " chosen for what they are."
        )


def _draw(path: Path, folder: Path, manifest: Manifest, found: list[Chosen], pool: int) -> None:
    name = manifest.name.encode("ascii", "replace").decode("ascii")[:40]
    kinds = Counter(one.pick.kind for one in found)
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    below = [
        f"{number} {one.pick.kind}: {_short(one)}"[:31].encode("ascii", "replace").decode("ascii")
        for number, one in enumerate(found, 1)
    ]
    head = f"{name}: {len(found)} of {pool} images to label next - {told}"
    sheet.write(path, sheet.draw_tiles(folder, [one.image for one in found], below, head))


def _short(one: Chosen) -> str:
    """The finding that is the reason, else the surest."""
    if one.pick.kind in ("uncertain", "rare-class"):
        return one.pick.words.split(",")[0].split(";")[0]
    surest = max(one.image.proposals, key=lambda box: box.score_ppm or 0, default=None)
    return "-" if surest is None else f"{surest.class_name} {(surest.score_ppm or 0) / 1_000_000:.2f}"


def _to_label(out: Path, folder: Path, manifest: Manifest, finder: Finder, found: list[Chosen]) -> None:
    """The pictures for LabelMe, with this model's proposals; the dataset stays as it is."""
    images = tuple(sorted((one.image for one in found), key=lambda image: image.sha256))
    classes = classes_with(manifest, finder, add=True)
    to_labelme(folder, manifest.model_copy(update={"images": images, "classes": classes}), out)
