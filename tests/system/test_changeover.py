# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other products and other releases on a running station, also with its process killed in the middle."""

from __future__ import annotations

import json
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from inspector.api.client import ApiClient
from inspector.cli.main import main
from inspector.errors import InspectorError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.station.in_force import newest
from inspector.station.releases import folder_of
from inspector.store.read import RecordReader
from tests.rig import NOTE, StationRig, until
from tests.station_releases import signed_release, trust
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


@pytest.mark.long
def test_a_release_is_activated_judges_and_is_rolled_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station = tmp_path / "station"
    rig = StationRig(station)
    add_ring(station)
    trust(station)
    release = signed_release(tmp_path / "disc-2", product="disc")
    said = release.document
    who = ["--station", str(station), "--operator", "Q-1", "--json"]
    with rig, ApiClient(station) as client:
        until(lambda: up(rig), "the station is up")
        (disc, _ring) = client.recipes().recipes
        judge_some(client, "L-1", str(disc.digest))
        assert main(["release", "activate", str(release.path), *who]) == 0
        judge_some(client, "L-2", said.recipe.digest)
        client.change_recipe("ring", operator="op")
        client.change_recipe("disc", operator="op")
        now = client.recipes().recipes[0]
        assert now.model is not None
        assert (now.in_force, now.release, now.model.version) == (True, release.digest, "2")
        judge_some(client, "L-3", said.recipe.digest)
        assert main(["release", "rollback", *who, "--why", "lot 88"]) == 0
        judge_some(client, "L-4", str(disc.digest))
        assert main(["release", "rollback", *who, "--why", "lot 88"]) == 3, "there is nothing before"
        assert rig.restarts()["station"] == 0, "nothing was restarted"
    of_release = {said.recipe.digest}
    assert judged_by(rig) == {"L-1": {disc.digest}, "L-2": of_release, "L-3": of_release, "L-4": {disc.digest}}
    check(station, capsys)


@pytest.mark.long
@pytest.mark.parametrize("when", [0.0, 0.3])
def test_killed_while_a_release_is_activated(tmp_path: Path, capsys: pytest.CaptureFixture[str], when: float) -> None:
    """And at the next start its folder is gone: the station does not judge before it is back."""
    station = tmp_path / "station"
    rig = StationRig(station)
    add_ring(station)
    trust(station)
    release = signed_release(tmp_path / "disc-2", product="disc")
    who = ["--station", str(station), "--operator", "Q-1", "--json"]
    with rig, ApiClient(station) as client:
        until(lambda: up(rig), "the station is up")
        asking = threading.Thread(target=main, args=(["release", "activate", str(release.path), *who],))
        asking.start()
        until(lambda: not asking.is_alive() or changing(client), "it is under way")
        time.sleep(when)
        rig.kill("station")
        asking.join()
        until(lambda: up(rig), "it is back")
        now = client.recipes().recipes[0]
        with RecordReader(station) as reader:
            put = newest(reader)
            setup = reader.newest_of_people("setup")
        assert now.release == (None if put is None else release.digest), "what the records say"
        assert setup is not None
        assert now.model is not None
        assert (setup.fields["recipe"], setup.fields["model"]) == (now.digest, now.model.digest)
        main(["release", "activate", str(release.path), *who])
        shutil.rmtree(folder_of(station, release.digest))
        rig.kill("station")
        log = station / "logs" / "station.log"
        until(lambda: "RELEASE_REFUSED" in log.read_text(encoding="utf-8"), "it says what is missing")
        assert main(["release", "list", "--station", str(station)]) == 0
        assert "what to do: Put its folder back" in capsys.readouterr().out
        main(["release", "activate", str(release.path), *who])
        until(lambda: up(rig), "it judges again")
        assert client.recipes().recipes[0].release == release.digest
        judge_some(client, "L-5", release.document.recipe.digest)
    assert judged_by(rig) == {"L-5": {release.document.recipe.digest}}
    check(station, capsys)
