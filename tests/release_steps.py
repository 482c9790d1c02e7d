# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tests do with releases at a station, and what they look at afterwards."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

from inspector.cli.control import _result
from inspector.errors import StoreError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.ipc import Message
from inspector.release.folder import Release
from inspector.station.releases import place
from inspector.store.read import RecordReader
from tests.station_bench import Bench
from tests.station_releases import still_there


def activate(bench: Bench, release: Release, **more: Any) -> Message:
    place(bench.directory, release)
    return bench.request("release-activate", **{"digest": release.digest, "operator": "Q-1", **more})


def roll_back(bench: Bench, **more: Any) -> Message:
    return bench.request("release-rollback", **{"why": "too many rejects", "operator": "Q-1", **more})


def judged_by(bench: Bench) -> str | None:
    """The release of the product in force, as the api shows it."""
    (one,) = [one for one in bench.request("recipe-list")["result"]["recipes"] if one["in_force"]]
    status = bench.request("status")["result"]
    assert status["model"]["digest"] == one["model"]["digest"]
    assert status["recipe"]["digest"] == one["digest"]
    return one["release"]  # type: ignore[no-any-return]


def records(directory: Path, kind: str) -> list[dict[str, Any]]:
    with RecordReader(directory) as reader:
        return [one.fields for one in reader.following(0, 10_000) if one.kind == kind]


def put(directory: Path) -> list[dict[str, Any]]:
    """The records that put a product in force."""
    found = records(directory, "change")
    return [one for one in found if (one["what"], one["name"]) == ("recipe", "in force")]


def check(directory: Path) -> None:
    assert verify_station(directory).of(Severity.TAMPERED) == []


def part(bench: Bench, number: int) -> dict[str, Any]:
    """A shift with one part, and its record."""
    still_there(bench, number - 1)
    assert bench.request("shift-open", lot=f"L-{number}", operator="op")["ok"]
    bench.part(number)
    bench.until(lambda: number in bench.acks("trigger"))
    bench.outcome(number)
    bench.until(lambda: number in bench.acks("outcome"))
    bench.line_state(number)
    assert bench.request("shift-close", operator="op", note="a test", removed_by_hand=0)["ok"]
    return records(bench.directory, "part")[-1]


def failing(*_arguments: object) -> None:
    raise StoreError("the disk is gone", "Look at it")


def damage(folder: Path, how: str) -> None:
    weights = folder / "model" / "model.onnx"
    if how == "missing":
        shutil.rmtree(folder)
    elif how == "weights":
        weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    elif how == "recipe":
        (folder / "recipe.toml").write_text((folder / "recipe.toml").read_text() + "# a lower limit\n")
    else:
        (folder / "more.toml").write_text("")


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


class Wired:
    """Stands for the connection to a station: asks the bench."""

    bench: Bench

    def __init__(self, _station: Path) -> None:
        self.session: str | None = None

    def __enter__(self) -> Wired:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        return _result(self.bench.request(command, **arguments))
