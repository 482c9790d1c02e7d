# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector dataset split | sheet | export`: a dataset divided, looked at, and written for others."""

from __future__ import annotations

import argparse
from pathlib import Path

from inspector.cli.output import Output
from inspector.errors import DatasetRefused
from training.dataset import sheet
from training.dataset.export import to_labelme, to_yolo
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Belonging, Image, Manifest, Splits
from training.dataset.problems import Problems
from training.dataset.splits import counts, digest_of_test, divide, find_leaks
from training.dataset.uses import count_uses
from training.dataset.words import new_action, problems_document, tell_problems


def add_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `split`, `sheet` and `export`."""
    parser = new_action(actions, "split", "divide a dataset by part, lot or group, never by picture")
    parser.add_argument("--by", choices=("part", "lot", "group"), help="what is never divided (as before, or part)")
    parser.add_argument("--val", type=_percent, metavar="PERCENT", help="share for validation (as before, or 15)")
    parser.add_argument("--test", type=_percent, metavar="PERCENT", help="share for the test (as before, or 15)")
    parser.add_argument("--seed", type=_seed, help="another number deals out differently (as before, or 0)")
    parser.add_argument("--again", action="store_true", help="deal everything out anew; a locked test set stays")
    lock = parser.add_mutually_exclusive_group()
    lock.add_argument("--lock", action="store_true", help="lock the test set: it does not change any more")
    lock.add_argument("--unlock", action="store_true", help="give a locked test set up")
    parser.set_defaults(run=_run_split)

    parser = new_action(actions, "sheet", "draw a contact sheet, pictures without labels first")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=".jpg or .png (sheet.jpg in the dataset)")
    parser.add_argument("--images", type=_positive, default=60, help="at most so many pictures (60)")
    parser.set_defaults(run=_run_sheet, behind_the_line=True)

    parser = new_action(actions, "export", "write a dataset for the trainer, or for LabelMe to label in")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--yolo", type=Path, metavar="DIR", help="YOLO dataset in a new folder")
    target.add_argument("--labelme", type=Path, metavar="DIR", help="pictures with files of LabelMe in a new folder")
    parser.add_argument("--only-unlabelled", action="store_true", help="LabelMe: only pictures without labels")
    parser.set_defaults(run=_run_export, behind_the_line=True)


def _percent(text: str) -> float:
    value = float(text)
    if not 0 <= value < 100:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 100")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 2**53:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 2^53")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 1 and 1000")
    return value


def _run_split(args: argparse.Namespace) -> int:
    output, folder, problems = Output(as_json=args.json), DatasetFolder(args.dataset), Problems()
    folder.load()  # tells of a dataset that is not there
    with folder.locked():
        before = folder.load()
        splits = _wanted(before, args)
        _belongings(before, splits)
        images = divide(before.images, splits, anew=args.again)
        find_leaks(images, splits, problems)
        if not problems.errors:
            if args.lock:
                splits = splits.model_copy(update={"test_lock": _lock(images)})
            changes = {"splits": splits, "images": tuple(images)}
            after = Manifest.parse(before.model_copy(update=changes).encode(), str(args.dataset))
            folder.save(after)
    tell_problems(output, problems)
    document: dict[str, object] = {"dataset": str(args.dataset), "divided": not problems.errors}
    document |= problems_document(problems)
    if problems.errors:
        output.document(document)
        output.say(f"{args.dataset}: was not divided", style="bold red")
        return 1
    document |= {"splits": counts(images), "by": splits.by, "manifest_sha256": folder.digest()}
    document |= {"test_lock": splits.test_lock, "test_uses": count_uses(folder)}
    output.document(document)
    told = ", ".join(f"{number} {name}" for name, number in counts(images).items() if name != "none" or number)
    output.say(f"{args.dataset}: {told}; divided by {splits.by}, seed {splits.seed}")
    if splits.test_lock is not None:
        output.say(f"test set locked ({splits.test_lock[:16]}), used {count_uses(folder)} times")
    return 0


def _wanted(before: Manifest, args: argparse.Namespace) -> Splits:
    """The way to divide: what was said now, else what was said before."""
    old = before.splits
    fresh = old.val_ppm == old.test_ppm == 0
    val = args.val * 10_000 if args.val is not None else (150_000 if fresh else old.val_ppm)
    test = args.test * 10_000 if args.test is not None else (150_000 if fresh else old.test_ppm)
    if val + test >= 1_000_000:
        raise DatasetRefused("Nothing is left for training", "Choose smaller --val and --test")
    by: Belonging = args.by or old.by
    if old.test_lock is not None and by != old.by and not args.unlock:
        raise DatasetRefused(
            f"The test set is locked and was divided by {old.by}", "Keep that, or give it up with --unlock"
        )
    if args.lock and old.test_lock is not None:
        raise DatasetRefused("The test set is locked already", "Nothing to do; --unlock gives it up")
    return Splits(
        by=by,
        seed=old.seed if args.seed is None else args.seed,
        val_ppm=round(val),
        test_ppm=round(test),
        test_lock=None if args.unlock else old.test_lock,
    )


def _belongings(manifest: Manifest, splits: Splits) -> None:
    """Without them it would be divided by picture, and the figures would flatter."""
    missing = [image for image in manifest.images if getattr(image, splits.by) is None and image.split == "none"]
    if missing:
        raise DatasetRefused(
            f"Of {len(missing)} pictures nobody knows the {splits.by}, {missing[0].source.file} is the first",
            f"Import them into a new dataset with --{splits.by}-from or --part-is-file, or divide by something else",
        )


def _lock(images: list[Image]) -> str:
    if not any(image.split == "test" for image in images):
        raise DatasetRefused("There is no test set to lock", "Choose a share with --test")
    if any(image.split == "test" and image.state == "unlabelled" for image in images):
        raise DatasetRefused("Pictures of the test set have no labels yet", "Label them before the test set is locked")
    return digest_of_test(images)


def write_sheet(folder: DatasetFolder, manifest: Manifest, path: Path | None = None, limit: int = 60) -> Path:
    """Draw the contact sheet of a dataset; returns where it is. Raises `DatasetRefused` as `sheet.draw`."""
    target = path or folder.path / "sheet.jpg"
    sheet.write(target, sheet.draw(folder.path, manifest, limit=limit))
    return target


def _run_sheet(args: argparse.Namespace) -> int:
    output, folder = Output(as_json=args.json), DatasetFolder(args.dataset)
    manifest = folder.load()
    path = write_sheet(folder, manifest, args.output, args.images)
    shown = min(args.images, len(manifest.images))
    output.document({"dataset": str(args.dataset), "sheet": str(path), "shown": shown})
    output.say(f"{path}: {sheet.title(manifest, shown)}")
    return 0


def _run_export(args: argparse.Namespace) -> int:
    output, folder = Output(as_json=args.json), DatasetFolder(args.dataset)
    manifest = folder.load()
    with output.stages("Export:") as progress:
        if args.yolo is not None:
            out, written = args.yolo, to_yolo(folder.path, manifest, args.yolo, progress)
        else:
            out = args.labelme
            written = to_labelme(folder.path, manifest, out, only_unlabelled=args.only_unlabelled, progress=progress)
    output.document({"dataset": str(args.dataset), "out": str(out), "manifest_sha256": folder.digest(), **written})
    told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in written.items())
    output.say(f"{out}: {told}")
    return 0
