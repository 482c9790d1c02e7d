# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole path on DeepPCB, a public set of bare boards: from pictures to a second release that is rolled back.

Every step is a command of `inspector` as one would type it, and is printed; one that is done is not repeated when the
script is started again. What a person would do - draw boxes in LabelMe, press the keys of the review - is done from
the labels of the data set. DeepPCB itself is no part of this project: its licence permits research only.

    python -m benchmarks.deeppcb --data deeppcb --work deeppcb-work --minutes 30 --imgsz 480
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks.deeppcb_data import stage
from benchmarks.deeppcb_figures import write_figures
from benchmarks.deeppcb_station import (
    RULES,
    STATION,
    first_shift,
    label_the_rest,
    make_station,
    played,
    release,
    second_shift,
)
from benchmarks.deeppcb_walk import ROOT, Answer, Failed, Walk
from inspector.errors import InspectorError
from inspector.recipe.generic import generic_recipe
from training.train.runfile import read as read_run

BASE = ROOT / "training" / "weights" / "disc-yolo26n.pt"
CLASSES = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
FIRST_LIMIT_PPM = 250_000
PRICES = ("--escape-cost", "50", "--false-reject-cost", "5", "--defect-rate", "0.05")
"""Of a board that fails later, and of one that is looked at again: an example, like every price."""


def main(words: list[str] | None = None) -> int:
    """Walk the path, or the rest of it. Returns 1 if a step failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="DeepPCB, the authors' layout or a YOLO one")
    parser.add_argument("--work", type=Path, required=True, help="folder for everything that is made")
    parser.add_argument("--minutes", type=float, default=30, help="of the first training (30)")
    parser.add_argument("--minutes-again", type=float, help="of the second training (half of the first)")
    parser.add_argument("--imgsz", type=int, default=480, help="edge of the model input in pixels (480)")
    parser.add_argument("--base", type=Path, default=BASE, help="weights to start from (those of the demo)")
    parser.add_argument("--run", type=Path, metavar="DIR", help="a finished training on the published training boards")
    parser.add_argument("--rules", type=Path, metavar="FILE", help="rules of the gate (those of this script)")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of training and inference (every core)")
    parser.add_argument("--until", choices=("evaluate", "end"), default="end", help="where to stop (end)")
    args = parser.parse_args(words)
    args.work.mkdir(parents=True, exist_ok=True)
    walk = Walk(args.work.resolve())
    try:
        _collect(walk, args)
        _first_model(walk, args)
        if args.until == "end":
            _first_release(walk, args)
            _second_model(walk, args)
            _second_release(walk, args)
    except (Failed, InspectorError) as error:
        print(f"stopped: {error}", file=sys.stderr)
        return 1
    finally:
        write_figures(walk.work)
    return 0


def _collect(walk: Walk, args: argparse.Namespace) -> None:
    data = args.data.resolve()
    walk.step("import", lambda: walk.inspector("dataset", "import", "--deeppcb", data, "--dataset", "published"))
    work = walk.work
    walk.step("divide", lambda: dict(stage(work / "published", work / "own", work / "line", work / "whole-test")))
    walk.step("import-own", lambda: walk.inspector("dataset", "import", "--deeppcb", "own", "--dataset", "boards"))
    walk.step("lock", lambda: walk.inspector("dataset", "split", "--dataset", "boards", "--lock"))
    walk.step("check", lambda: walk.inspector("dataset", "check", "--dataset", "boards"))


def _first_model(walk: Walk, args: argparse.Namespace) -> None:
    walk.step("train", lambda: _train(walk, args))
    _export(walk, "1", _threads(args))
    _choose(walk, "1", _threads(args))
    measured = ("evaluate", "--model", "model-1", "--recipe", "recipe-1.toml", "--count-by", "picture", *_threads(args))
    walk.step("evaluate-1", lambda: walk.inspector(*measured, "--data", "boards", "--html", "evaluate-1.html"))
    whole = ("--data", "whole-test/images", "--labels", "whole-test/labels")
    walk.step("evaluate-published", lambda: walk.inspector(*measured, *whole))


def _threads(args: argparse.Namespace) -> tuple[str, ...]:
    return () if args.threads is None else ("--threads", str(args.threads))


def _rules(args: argparse.Namespace) -> str:
    return RULES if args.rules is None else args.rules.read_text("utf-8")


def _first_release(walk: Walk, args: argparse.Namespace) -> None:
    release(walk, "1", ("--first",), "the first release of this product", _rules(args), _threads(args))
    walk.step("init", lambda: make_station(walk))
    walk.step("station", lambda: first_shift(walk, played(walk.work)))


def _second_model(walk: Walk, args: argparse.Namespace) -> None:
    taken = ("dataset", "import", "--station", STATION, "--dataset", "boards")
    walk.step("from-station", lambda: walk.inspector(*taken))
    walk.step("labels", lambda: label_the_rest(walk))
    walk.step("deal", lambda: walk.inspector("dataset", "split", "--dataset", "boards", "--val", 0, "--test", 0))
    walk.step("retrain", lambda: _retrain(walk, args))
    _export(walk, "2", _threads(args))
    _choose(walk, "2", _threads(args))
    measured = ("evaluate", "--model", "model-2", "--recipe", "recipe-2.toml", "--count-by", "picture", *_threads(args))
    walk.step("evaluate-2", lambda: walk.inspector(*measured, "--data", "boards", "--html", "evaluate-2.html"))


def _retrain(walk: Walk, args: argparse.Namespace) -> Answer:
    minutes = args.minutes_again or args.minutes / 2
    words = ("train", "--data", "boards", "--out", "run-2", "--base", "run-1/weights.pt", *_threads(args))
    settings = ("--minutes", minutes, "--imgsz", args.imgsz, "--flips", "both", "--lr", 0.0005, "--good-share", 20)
    return _trained(walk, walk.work / "run-2", words, settings)


def _trained(walk: Walk, out: Path, words: tuple[object, ...], settings: tuple[object, ...]) -> Answer:
    """Train, or go on with a training that was cut short; one that had just ended is taken as it is."""
    begun = (out / "run.json").is_file()
    if not begun or read_run(out).state != "finished":
        walk.inspector(*words, *(("--resume",) if begun else settings))
    return {"run": read_run(out).model_dump(mode="json", exclude_none=True)}


def _second_release(walk: Walk, args: argparse.Namespace) -> None:
    why = "learned from the boards and templates of the first shift"
    release(walk, "2", ("--against", STATION), why, _rules(args), _threads(args))
    walk.step("second-shift", lambda: second_shift(walk))
    walk.step("verify", lambda: _verified(walk))


def _verified(walk: Walk) -> Answer:
    said = walk.inspector("verify", "--station", STATION)
    return {"verdict": said["verdict"]}


def _train(walk: Walk, args: argparse.Namespace) -> Answer:
    """The first training, resumed if it was cut short; or one that was made elsewhere with the same settings."""
    out = walk.work / "run-1"
    if args.run is not None:
        run = read_run(args.run)
        if run.state != "finished" or run.settings.imgsz != args.imgsz:
            raise Failed(f"{args.run} is not finished, or not of --imgsz {args.imgsz}")
        shutil.copytree(args.run, out, dirs_exist_ok=True)
        return {"taken_from": args.run.name, "run": run.model_dump(mode="json", exclude_none=True)}
    words = ("train", "--data", "boards", "--out", "run-1", "--base", args.base.resolve(), *_threads(args))
    settings = ("--minutes", args.minutes, "--imgsz", args.imgsz, "--flips", "both")
    return _trained(walk, out, words, settings)


def _export(walk: Walk, number: str, threads: tuple[str, ...]) -> None:
    package, weights = walk.work / f"model-{number}", f"run-{number}/weights.pt"

    def export() -> Answer:
        shutil.rmtree(package, ignore_errors=True)  # of a run that was cut short
        words = ("--out", f"model-{number}", "--name", "deeppcb", "--model-version", number, "--score", "0.02")
        return walk.inspector("export-model", weights, *words)

    walk.step(f"export-{number}", export)
    (walk.work / "generic.toml").write_text(generic_recipe("deeppcb", CLASSES, FIRST_LIMIT_PPM), "utf-8")
    same = ("check-export", weights, "--model", f"model-{number}", "--recipe", "generic.toml", "--data", "boards")
    walk.step(f"equality-{number}", lambda: walk.inspector(*same, *threads))


def _choose(walk: Walk, number: str, threads: tuple[str, ...]) -> None:
    """Limits by what errors cost, on the validation boards; they are written into a recipe."""
    words = ("evaluate", "--model", f"model-{number}", "--recipe", "generic.toml", "--data", "boards")
    chosen = walk.step(
        f"limits-{number}",
        lambda: walk.inspector(*words, "--count-by", "picture", *PRICES, "--choose-on", "val", *threads),
    )
    limits = chosen["costs"]["limits"]["by_class"]
    text = generic_recipe("deeppcb", CLASSES, FIRST_LIMIT_PPM).split("\n[classes.")[0]
    text = text.replace('version = "1"', f'version = "{number}"')
    for name in CLASSES:
        limit = limits.get(name, {}).get("limit_ppm", FIRST_LIMIT_PPM)
        text += f'\n[classes."{name}"]\nmin_score = {limit / 1_000_000}\n'
    (walk.work / f"recipe-{number}.toml").write_text(text, "utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
