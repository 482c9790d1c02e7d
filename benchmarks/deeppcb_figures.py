# SPDX-License-Identifier: AGPL-3.0-or-later
"""What came of the whole path on DeepPCB, beside what others published: JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inspector.durable import write_durable
from training.evaluation.counts import Counts

PUBLISHED_50 = "0.986 (authors, IoU > 0.33), 0.990 (PCB-YOLO)"
PUBLISHED_50_95 = "0.804 (PCB-YOLO)"
"""Mean average precision on the whole published test set: arXiv 1902.06197, doi 10.3390/electronics15061191."""
KEPT = {
    "station": ("verdicts", "reviewed", "left_open"),
    "from-station": ("added", "states"),
    "labels": ("drawn", "states"),
    "second-shift": ("verdicts",),
    "verify": ("verdict",),
}
"""Step of the second half -> what is told of it."""
Step = Mapping[str, Any]


def write_figures(work: Path) -> None:
    """Write `figures.json` and `figures.md` from the steps that are done."""
    steps = {path.stem: json.loads(path.read_bytes()) for path in sorted((work / "steps").glob("*.json"))}
    figures = collect(steps)
    write_durable(work / "figures.json", (json.dumps(figures, indent=1, sort_keys=True) + "\n").encode("utf-8"))
    write_durable(work / "figures.md", as_markdown(figures).encode("utf-8"))


def collect(steps: Mapping[str, Step]) -> dict[str, Any]:
    """The figures of the steps that are done, without times of day and paths."""
    found: dict[str, Any] = {"seconds": {name: step["seconds"] for name, step in steps.items() if "seconds" in step}}
    if "divide" in steps:
        found["pictures"] = {name: steps["divide"][name] for name in ("train", "val", "test", "line")}
    for number, name in (("1", "train"), ("2", "retrain")):
        if name in steps:
            run = steps[name]["run"]
            found[f"training_{number}"] = {
                "settings": run["settings"],
                "versions": run["versions"],
                "device": run["device"],
                "epochs": len(run["epochs"]),
                "minutes": round(run["spent_s"] / 60, 1),
                "val_map50": run["epochs"][run["best"] - 1]["map50"],
            }
        if f"equality-{number}" in steps:
            found[f"equality_{number}"] = {key: steps[f"equality-{number}"].get(key) for key in ("equal", "pictures")}
        if f"evaluate-{number}" in steps:
            found[f"model_{number}"] = _measured(steps[f"evaluate-{number}"])
        if f"limits-{number}" in steps:
            limits = steps[f"limits-{number}"]["costs"]["limits"]["by_class"]
            found[f"limits_{number}"] = {name: one["limit_ppm"] / 1e6 for name, one in limits.items()}
    if "evaluate-published" in steps:
        found["published_test"] = _measured(steps["evaluate-published"])
    for name, keys in KEPT.items():
        if name in steps:
            found[name] = {key: steps[name][key] for key in keys}
    return found


def _measured(step: Step) -> dict[str, Any]:
    keys = ("missed", "false_rejects", "missed_showing_class")
    latency = {key: step["latency"][key] for key in ("p50_ms", "p99_ms", "runs")}
    return {key: step[key] for key in keys} | {"boxes": step["boxes"], "latency": latency}


def as_markdown(figures: Mapping[str, Any]) -> str:
    """A table of the figures, and one by class."""
    first, second, whole = (figures.get(name) for name in ("model_1", "model_2", "published_test"))
    rows = [
        ("mAP50, the 250 published test boards", PUBLISHED_50, _map(whole, "map50"), "-"),
        ("mAP50-95 on them", PUBLISHED_50_95, _map(whole, "map50_95"), "-"),
        ("mAP50, boards and templates of our test set", "-", _map(first, "map50"), _map(second, "map50")),
        ("mAP50-95", "-", _map(first, "map50_95"), _map(second, "map50_95")),
        ("boards with defects missed", "-", _counts(first, "missed"), _counts(second, "missed")),
        (
            "defect-free templates rejected",
            "-",
            _counts(first, "false_rejects"),
            _counts(second, "false_rejects"),
        ),
        ("judging one picture, p50 / p99", "-", _latency(first), _latency(second)),
        ("minutes of training, epochs", "-", _training(figures, "1"), _training(figures, "2")),
    ]
    lines = ["| | published | first model | after the line's boards |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    shown = [(name, one) for name, one in (("first model", first), ("second model", second)) if one is not None]
    if shown:
        lines += ["", f"| class | {' | '.join(f'{name}: AP50 | missed with it' for name, _ in shown)} |"]
        lines.append("|---|" + "---|---|" * len(shown))
        for class_name in shown[0][1]["boxes"]["by_class"]:
            cells = [
                f"{one['boxes']['by_class'][class_name]['ap50']:.3f} | {_showing(one, class_name)}" for _, one in shown
            ]
            lines.append(f"| {class_name} | {' | '.join(cells)} |")
    return "\n".join([*lines, *_line(figures)]) + "\n"


def _line(figures: Mapping[str, Any]) -> list[str]:
    """What happened at the station, in words."""
    first, second, labels = (figures.get(name) for name in ("station", "second-shift", "labels"))
    told = []
    if first is not None:
        counts = ", ".join(f"{count} {name}" for name, count in first["verdicts"].items())
        words = f"Of the line's pictures the reviewer decided {first['reviewed']}; {first['left_open']} were left open"
        told += [f"Under the first release the line's parts were judged {counts}. {words} and drawn."]
    if labels is not None:
        states = ", ".join(f"{count} {name}" for name, count in labels["states"].items() if count)
        told += [f"With them the dataset has {states} pictures."]
    if second is not None:
        counts = ", ".join(f"{count} {name}" for name, count in second["verdicts"].items())
        told += [f"Under the second release, before it was rolled back: {counts}."]
    return ["", " ".join(told)] if told else []


def _map(measured: Step | None, name: str) -> str:
    return "-" if measured is None else f"{measured['boxes'][name]:.3f}"


def _counts(measured: Step | None, name: str) -> str:
    return "-" if measured is None else Counts(measured[name]["errors"], measured[name]["trials"]).short()


def _showing(measured: Step, class_name: str) -> str:
    found = measured["missed_showing_class"].get(class_name)
    return "-" if found is None else Counts(found["errors"], found["trials"]).short()


def _latency(measured: Step | None) -> str:
    return "-" if measured is None else f"{measured['latency']['p50_ms']:.0f} / {measured['latency']['p99_ms']:.0f} ms"


def _training(figures: Mapping[str, Any], number: str) -> str:
    run = figures.get(f"training_{number}")
    return "-" if run is None else f"{run['minutes']:.0f}, {run['epochs']} at {run['settings']['imgsz']} px"
