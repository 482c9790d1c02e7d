# SPDX-License-Identifier: AGPL-3.0-or-later
"""From one product to another and back on a running station, also with its process killed in the middle."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.api.client import ApiClient
from inspector.cli.main import main
from inspector.errors import InspectorError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.store.read import RecordReader
from tests.rig import NOTE, StationRig, until
from tests.two_products import RING_CODE, add_ring


def up(rig: StationRig) -> bool:
    """Whether nothing but a shift is missing."""
    status = rig.status()
    return status["state"] == "IDLE" and len(status["reasons"]) == 1


def changing(client: ApiClient) -> bool:
    return "CHANGEOVER" in {one.code for one in client.status().reasons}


def judge_some(client: ApiClient, lot: str, digest: str) -> None:
    """A shift with a few parts."""
    client.open_shift(lot, "op", recipe=digest)
    until(lambda: sum(client.status().counts.values()) >= 5, "parts")
    client.close_shift("op", NOTE)


def judged_by(rig: StationRig) -> dict[str, set[str]]:
    """Lot -> recipes that its parts name."""
    found: dict[str, set[str]] = {}
    lot = ""
    with RecordReader(rig.directory) as reader:
        for record in reader.parts_and_openings(1, 1 << 40):
            if record.kind == "shift-open":
                lot = str(record.fields["lot"])
            elif record.fields["verdict"] in ("PASS", "FAIL"):
                found.setdefault(lot, set()).add(str(record.fields["recipe_digest"]))
    return found


def check(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_station(station).of(Severity.TAMPERED) == []
    capsys.readouterr()
    assert main(["verify", "--station", str(station), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "VERIFIED"


@pytest.mark.long
def test_there_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = tmp_path / "station"
    rig = StationRig(station)
    add_ring(station)
    where = ["--station", str(station), "--json"]
    with rig, ApiClient(station) as client:
        until(lambda: up(rig), "the station is up")
        disc, ring = client.recipes(RING_CODE).recipes
        assert (disc.in_force, ring.meant) == (True, True)
        judge_some(client, "L-1", str(disc.digest))
        done = client.change_recipe("ring", digest=ring.digest, code=RING_CODE, looked=True, operator="op")
        assert done.changed
        restarts = rig.restarts()["station"]
        judge_some(client, "L-2", str(ring.digest))
        assert rig.restarts()["station"] == restarts == 0, "nothing was restarted"
        assert main(["shift", "open", *where, "--lot", "L-3", "--operator", "op", "--recipe", "disc"]) == 0
        until(lambda: sum(client.status().counts.values()) >= 5, "parts")
        assert main(["recipe", "change", *where, "--to", "ring", "--operator", "op"]) == 1, "a shift is open"
        client.close_shift("op", NOTE)
        capsys.readouterr()
        assert main(["recipe", "list", *where]) == 0
        assert json.loads(capsys.readouterr().out)["in_force"] == "disc"
    assert judged_by(rig) == {"L-1": {disc.digest}, "L-2": {ring.digest}, "L-3": {disc.digest}}
    check(station, capsys)


@pytest.mark.long
def test_killed_in_the_middle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = tmp_path / "station"
    rig = StationRig(station)
    add_ring(station)
    with rig, ApiClient(station) as client:
        until(lambda: up(rig), "the station is up")

        def asked() -> None:
            with suppress(InspectorError):  # whoever asks hears nothing: the station is gone
                client.change_recipe("ring", operator="op")

        asking = threading.Thread(target=asked)
        asking.start()
        until(lambda: not asking.is_alive() or changing(client), "it is under way")
        rig.kill("station")
        asking.join()
        until(lambda: up(rig), "it is back")
        listed = client.recipes()
        (now,) = [one for one in listed.recipes if one.in_force]
        judge_some(client, "L-4", str(now.digest))
        with RecordReader(station) as reader:
            setup = reader.newest_of_people("setup")
        assert setup is not None
        assert now.model is not None
        assert (setup.fields["recipe"], setup.fields["model"]) == (now.digest, now.model.digest)
    assert judged_by(rig) == {"L-4": {now.digest}}
    check(station, capsys)
