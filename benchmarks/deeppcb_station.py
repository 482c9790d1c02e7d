# SPDX-License-Identifier: AGPL-3.0-or-later
"""The second half of the path on DeepPCB: releases, the station, reviews, training again, and back."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from benchmarks.deeppcb_data import draw_truth
from benchmarks.deeppcb_walk import Answer, Walk
from inspector.cli.control import StationControl
from inspector.cli.simulated_reviews import review_shift
from inspector.station_directory import UNATTENDED_STOPS

STATION = "station"
PEOPLE = ("anna", "ben")
PASSPHRASE = "half an hour of copper\n"
SECOND_SHIFT_PARTS = 30
RULES = """\
# Rules of this demonstration: half an hour of training on two cores is not meant to build boards with.
format = "inspector-gate/1"
count_by = "picture"       # a board and its template have one part number

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


def release(walk: Walk, number: str, against: tuple[str, ...], why: str, rules: str, threads: tuple[str, ...]) -> None:
    """Propose and approve a release.

    Args:
        walk: The folder.
        number: Of the model.
        against: Options that say what is released now.
        why: Reason of the proposal.
        rules: Of the gate, TOML.
        threads: Options of inference.
    """
    walk.step("keys", lambda: _keys(walk))
    (walk.work / "gate.toml").write_text(rules, "utf-8")
    folder = f"release-{number}"

    def propose() -> Answer:
        shutil.rmtree(walk.work / folder, ignore_errors=True)
        weights = ("--weights", f"run-{number}/weights.pt")
        candidate = ("--model", f"model-{number}", "--recipe", f"recipe-{number}.toml", *weights)
        said = ("--product", "main", "--trainer", "Tom", "--by", "Anna", "--why", why, *_key("anna"))
        ground = ("--dataset", "boards", *candidate, *against, "--rules", "gate.toml")
        return walk.inspector("release", "propose", *ground, *said, "--out", folder, *threads)

    walk.step(f"propose-{number}", propose)
    looked = ("--by", "Ben", "--why", "looked at every picture of the report", *_key("ben"))
    walk.step(f"approve-{number}", lambda: walk.inspector("release", "approve", folder, *looked))


def _keys(walk: Walk) -> Answer:
    (walk.work / "passphrase").write_text(PASSPHRASE, "utf-8")
    for name in PEOPLE:
        for file in (f"{name}.key", f"{name}.key.pub"):
            (walk.work / file).unlink(missing_ok=True)
        walk.inspector("release", "keygen", f"{name}.key", "--passphrase-file", "passphrase")
    return {}


def _key(name: str) -> tuple[str, ...]:
    return "--key", f"{name}.key", "--passphrase-file", "passphrase"


def make_station(walk: Walk) -> Answer:
    """A station with a simulated camera that sees what the first model has never seen."""
    station = walk.work / STATION
    shutil.rmtree(station, ignore_errors=True)
    played = ("--images", "line", "--model", "model-1", "--recipe", "recipe-1.toml")
    walk.inspector("init", STATION, "--simulated", "--name", "pcb-line", *played)
    for name in PEOPLE:
        shutil.copyfile(walk.work / f"{name}.key.pub", station / "keys" / f"{name}.key.pub")
    settings = station / "station.toml"
    stops = "[stops]\n" + "".join(f"{name} = {value}\n" for name, value in UNATTENDED_STOPS.items())
    text = re.sub(r"^\[stops\]\n(?:\w.*\n)*", stops, settings.read_text("utf-8"), flags=re.MULTILINE)
    keys = ", ".join(f'"keys/{name}.key.pub"' for name in PEOPLE)
    settings.write_text(f"{text}\n[release]\nauthority = [{keys}]\n", "utf-8")
    return {}


def first_shift(walk: Walk, parts: int) -> Answer:
    """The first release judges every board and template that comes down the line; a person reviews them all."""
    with walk.running(STATION) as control:
        _begin(walk, control, "release-1", "LINE-1", parts)
        reviewed = review_shift(walk.work / STATION, control)
        closed = _close(walk)
    counts = closed["counts"]["verdicts"]
    verdicts = {name: count for name, count in counts.items() if count}
    return {"verdicts": verdicts, "reviewed": reviewed.decided, "left_open": reviewed.undecided}


def second_shift(walk: Walk) -> Answer:
    """The second release judges for a while, and is rolled back."""
    with walk.running(STATION) as control:
        _begin(walk, control, "release-2", "LINE-2", SECOND_SHIFT_PARTS)
        closed = _close(walk)
        before = walk.inspector("release", "list", "--station", STATION)
        why = ("--operator", "QA-1", "--why", "to show that it can be done")
        walk.inspector("release", "rollback", "--station", STATION, *why)
        after = walk.inspector("release", "list", "--station", STATION)
    counts = closed["counts"]["verdicts"]
    return {"verdicts": {name: count for name, count in counts.items() if count}, "before": before, "after": after}


def _begin(walk: Walk, control: StationControl, folder: str, lot: str, parts: int) -> None:
    if not any(one["code"] == "NO_SHIFT" for one in control.request("status")["reasons"]):
        _close(walk)  # of a run that was cut short
    walk.inspector("release", "activate", folder, "--station", STATION, "--operator", "QA-1")
    walk.shift(STATION, control, lot, parts)


def _close(walk: Walk) -> Answer:
    note = ("--operator", "O-1", "--note", "closed by the script")
    return walk.inspector("shift", "close", *note, "--station", STATION)


def label_the_rest(walk: Walk) -> Answer:
    """What the reviews left open is labelled in LabelMe: the true boxes stand in for a person's."""
    target = walk.work / "to-label"
    shutil.rmtree(target, ignore_errors=True)
    walk.inspector("dataset", "export", "--dataset", "boards", "--labelme", "to-label", "--only-unlabelled")
    drawn = draw_truth(target, walk.work / "boards", walk.work / "line")
    return walk.inspector("dataset", "import", "--dataset", "boards", "--labelme", "to-label") | {"drawn": drawn}


def played(work: Path) -> int:
    """How many pictures come down the line."""
    return sum(path.suffix != ".json" for path in (work / "line").iterdir())
