# SPDX-License-Identifier: AGPL-3.0-or-later
"""Replay, verification and export through a real api process, with the commands that it runs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from inspector.api.client import ApiClient
from inspector.api.job_schema import Job, JobState
from inspector.cli.main import main
from inspector.cli.watched import LEFT_ALONE
from inspector.errors import NotFound, RequestInvalid, RoleRefused
from tests.api_station import ApiProcess, FakeStation, make_station
from tests.proof_station import ODD_SERIAL, SERIAL, build_proof_station
from tests.rig import until

Setup = tuple[FakeStation, ApiProcess]


@pytest.fixture(scope="module")
def setup(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setup]:
    folder = tmp_path_factory.mktemp("jobs") / "station"
    build_proof_station(folder)
    fake = FakeStation(make_station(folder))
    for command in ("replay", "verify"):
        fake.answers[command] = lambda _request: {"user": ""}
    fake.answers["export"] = lambda _request: {"user": "", "ticket": "ab" * 16}
    fake.answers["export-made"] = lambda _request: {"seq": 1}
    api = ApiProcess(folder)
    api.start()
    yield fake, api
    assert api.end() == 0
    fake.close()
    assert not list((folder / "exports").glob(".*")), "something is left of a job"


@pytest.fixture
def client(setup: Setup) -> Iterator[ApiClient]:
    with ApiClient(setup[1].station) as opened:
        yield opened


def ended(client: ApiClient, job: Job) -> Job:
    until(lambda: client.job(job.id).state is not JobState.RUNNING, "the end of a job")
    found = client.job(job.id)
    assert found.id in {one.id for one in client.jobs()}
    return found


@pytest.mark.parametrize("serial", [SERIAL, ODD_SERIAL])
def test_an_exported_proof_is_good_for_whoever_gets_it(
    setup: Setup, client: ApiClient, tmp_path: Path, capsys: pytest.CaptureFixture[str], serial: str
) -> None:
    done = ended(client, client.export(serial=serial))
    assert done.state is JobState.DONE and done.result is not None, done.error
    name = str(done.result["name"])
    assert (name, done.result["size"]) in {(one.name, one.size) for one in client.exports()}
    target = tmp_path / "given-away.json"
    with target.open("wb") as stream:
        client.download(name, stream)
    (told,) = [one["arguments"] for one in setup[0].requests if one["command"] == "export-made"][-1:]
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert told == {
        "what": "proof",
        "about": f"serial {serial}",
        "sha256": digest,
        "size": target.stat().st_size,
        "ticket": "ab" * 16,
    }
    assert main(["verify", str(target), "--serial", serial, "--json"]) in (0, 1)
    assert json.loads(capsys.readouterr().out)["exit_code"] in (0, 1)
    key = (setup[1].station / "keys" / "station.pub").read_text().strip()
    assert main(["verify", str(target), "--serial", serial, "--key", key, "--json"]) == 0


def test_an_exported_shift_is_a_bundle(client: ApiClient, tmp_path: Path) -> None:
    done = ended(client, client.export(shift=2, images=False))
    assert done.result is not None, done.error
    target = tmp_path / "shift.zip"
    with target.open("wb") as stream:
        client.download(str(done.result["name"]), stream)
    assert target.stat().st_size == done.result["size"]
    assert main(["verify", str(target), "--json"]) in (0, 1)


def test_no_file_is_given_out_that_the_station_has_not_recorded(setup: Setup, client: ApiClient) -> None:
    fake, api = setup
    before = {one.name for one in client.exports()}
    refusal = {
        "code": "SHIFT",
        "message": "the station was started again since the export began",
        "advice": "Export again",
    }
    fake.errors["export-made"] = refusal
    try:
        failed = ended(client, client.export(serial=SERIAL))
    finally:
        del fake.errors["export-made"]
    assert failed.error is not None and failed.state is JobState.FAILED
    assert failed.error.message == refusal["message"]
    assert {one.name for one in client.exports()} == before
    assert not list((api.station / "exports").glob(".*"))


def test_a_proof_of_an_open_shift_fails_in_words(client: ApiClient) -> None:
    failed = ended(client, client.export(serial="SN-OPEN"))
    assert failed.state is JobState.FAILED and failed.error is not None
    assert failed.error.code == "SHIFT" and failed.error.advice


def test_options_of_the_command_line_are_no_serials(client: ApiClient) -> None:
    failed = ended(client, client.export(serial="--help"))
    assert failed.error is not None and failed.error.code == "NOT_FOUND"
    failed = ended(client, client.export(lot="-o/tmp/elsewhere"))
    assert failed.error is not None and failed.error.code == "CONFIG"


@pytest.mark.parametrize("shift", [1, None])
def test_verification_says_what_the_command_says(client: ApiClient, shift: int | None) -> None:
    done = ended(client, client.verify(shift))
    assert done.result is not None, done.error
    assert done.result["verdict"] in ("VERIFIED", "COULD NOT CHECK")
    assert isinstance(done.result["checked"], dict) and done.result["checked"]["records"]


def test_a_replay_says_why_it_cannot_be(client: ApiClient) -> None:
    (part,) = client.history(serial=SERIAL).parts
    done = ended(client, client.replay(part.seq))
    assert done.result is not None, done.error
    (replay,) = done.result["replays"]  # type: ignore[misc]
    assert (replay["state"], done.result["exit_code"]) == ("not replayable by rule", 1)
    with pytest.raises(NotFound):
        client.replay(1)


def test_the_station_says_who_may(setup: Setup, client: ApiClient) -> None:
    fake, _api = setup
    (part,) = client.history(serial=SERIAL).parts
    done = ended(client, client.export(serial=SERIAL))
    assert done.result is not None
    refusal = {"code": "ROLE_REFUSED", "message": "operator may not do this", "advice": "Ask one of them"}
    fake.errors |= dict.fromkeys(("replay", "verify", "export"), refusal)
    try:
        for ask in (
            lambda: client.replay(part.seq),
            lambda: client.verify(),
            lambda: client.export(shift=1),
            lambda: client.stop_job(done.id),
            lambda: client.download(str(done.result["name"]), sys.stdout.buffer),
        ):
            with pytest.raises(RoleRefused):
                ask()
    finally:
        fake.errors.clear()


@pytest.mark.parametrize("name", ["..%2fstation.toml", ".work-1", "nothing.zip"])
def test_no_name_leads_elsewhere(setup: Setup, name: str) -> None:
    _fake, api = setup
    answer = httpx.get(f"{api.address}/v1/exports/{name}", headers=api.authorization)
    assert answer.status_code == 404


@pytest.mark.parametrize("body", [{}, {"shift": 1, "lot": "L"}, {"serial": ""}, {"serial": "a\x00"}, {"shift": 0}])
def test_what_cannot_be_exported_is_refused(setup: Setup, body: dict[str, object]) -> None:
    _fake, api = setup
    answer = httpx.post(f"{api.address}/v1/export", headers=api.authorization, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "REQUEST_INVALID")


def test_the_client_refuses_two_at_once(client: ApiClient) -> None:
    with pytest.raises(RequestInvalid):
        client.export(shift=1, lot="L-42")


def test_a_command_ends_when_the_api_is_gone() -> None:
    code = "import time; from inspector.cli.watched import *; end_with_standard_input(); time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == LEFT_ALONE
