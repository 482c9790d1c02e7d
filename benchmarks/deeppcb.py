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

from benchmarks.deeppcb_data import draw_truth, stage
from benchmarks.deeppcb_figures import write_figures
from benchmarks.deeppcb_walk import ROOT, Answer, Failed, Walk
from inspector.cli.simulated_reviews import review_shift
from inspector.errors import InspectorError
from inspector.recipe.generic import generic_recipe
from training.train.runfile import read as read_run

BASE = ROOT / "training" / "weights" / "disc-yolo26n.pt"
CLASSES = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
FIRST_LIMIT_PPM = 250_000
PRICES = ("--escape-cost", "50", "--false-reject-cost", "5", "--defect-rate", "0.05")
"""Of a board that fails later, and of one that is looked at again: an example, like every price."""
RULES = """\
# Rules of this demonstration: half an hour of training on two cores is not meant to build boards with.
format = "inspector-gate/1"
count_by = "picture"       # board and template have one part number
[misses]
max_upper = 0.10
[misses.each_class]
max_upper = 0.50
[false_rejects]
max_upper = 0.50
[against]
max_new_misses = 5
[test_set]
max_uses = 20
"""
SETTINGS = {"parts = 0": "parts = 0", "rate_ppm = 120": "rate_ppm = 100"}
PEOPLE = ("anna", "ben")


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
    parser.add_argument("--until", choices=("evaluate", "end"), default="end", help="where to stop (end)")
    args = parser.parse_args(words)
    args.work.mkdir(parents=True, exist_ok=True)
    walk = Walk(args.work.resolve())
    try:
        _collect(walk, args)
        _first_model(walk, args)
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
    _export(walk, "1")
    _choose(walk, "1")
    measured = ("evaluate", "--model", "model-1", "--recipe", "recipe-1.toml", "--count-by", "picture")
    walk.step("evaluate-1", lambda: walk.inspector(*measured, "--data", "boards", "--html", "evaluate-1.html"))
    whole = ("--data", "whole-test/images", "--labels", "whole-test/labels")
    walk.step("evaluate-published", lambda: walk.inspector(*measured, *whole))


def _train(walk: Walk, args: argparse.Namespace) -> Answer:
    """The first training, resumed if it was cut short; or one that was made elsewhere with the same settings."""
    out = walk.work / "run-1"
    if args.run is not None:
        run = read_run(args.run)
        if run.state != "finished" or run.settings.imgsz != args.imgsz:
            raise Failed(f"{args.run} is not finished, or not of --imgsz {args.imgsz}")
        shutil.copytree(args.run, out, dirs_exist_ok=True)
        return {"taken_from": args.run.name, "run": run.model_dump(mode="json", exclude_none=True)}
    if (out / "run.json").is_file():
        walk.inspector("train", "--data", "boards", "--out", "run-1", "--base", args.base.resolve(), "--resume")
    else:
        settings = ("--minutes", args.minutes, "--imgsz", args.imgsz, "--flips", "both")
        walk.inspector("train", "--data", "boards", "--out", "run-1", "--base", args.base.resolve(), *settings)
    return {"run": read_run(out).model_dump(mode="json", exclude_none=True)}


def _export(walk: Walk, number: str) -> None:
    package, weights = walk.work / f"model-{number}", f"run-{number}/weights.pt"

    def export() -> Answer:
        shutil.rmtree(package, ignore_errors=True)  # of a run that was cut short
        words = ("--out", f"model-{number}", "--name", "deeppcb", "--model-version", number, "--score", "0.02")
        return walk.inspector("export-model", weights, *words)

    walk.step(f"export-{number}", export)
    (walk.work / "generic.toml").write_text(generic_recipe("deeppcb", CLASSES, FIRST_LIMIT_PPM), "utf-8")
    same = ("check-export", weights, "--model", f"model-{number}", "--recipe", "generic.toml", "--data", "boards")
    walk.step(f"equality-{number}", lambda: walk.inspector(*same))


def _choose(walk: Walk, number: str) -> None:
    """Limits by what errors cost, on the validation boards; they are written into a recipe."""
    words = ("evaluate", "--model", f"model-{number}", "--recipe", "generic.toml", "--data", "boards")
    chosen = walk.step(
        f"limits-{number}",
        lambda: walk.inspector(*words, "--count-by", "picture", *PRICES, "--choose-on", "val"),
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
