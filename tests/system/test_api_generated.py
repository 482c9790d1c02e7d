# SPDX-License-Identifier: AGPL-3.0-or-later
"""Generated requests, sensible and senseless, to every endpoint that the api of a real running station publishes.

Nothing here names an endpoint: what the OpenAPI document of the running api holds is called.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode

from inspector.api.client import ApiClient
from inspector.api.schema import Status
from inspector.cli.main import main
from inspector.errors import ApiError
from inspector.ipc import RunDirectory
from tests.rig import StationRig, until

ANSWERS_WITHIN_S = 120.0
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
REFUSALS = ["400", "401", "403", "404", "409", "422"]
GENERATION = schemathesis.config.SchemathesisConfig.from_dict(
    {
        "checks": {
            # A request that fits the schema may be one that the station refuses in its present state.
            "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409"]},
            "negative_data_rejection": {"expected-statuses": [*REFUSALS, "405", "413"]},
        }
    }
)
ADMIN, LEAD, USER = "kim", "lea", "ada"
SECRET = "a sentence of a person"


class Caller:
    """Sends generated requests to the api of a station and holds each answer against its OpenAPI document.

    Args:
        rig: The station, running.
        person: Who is logged in, at a station with users.
    """

    def __init__(self, rig: StationRig, person: str = "") -> None:
        self._base_url = f"http://127.0.0.1:{RunDirectory(rig.directory).port_of('api')}"
        self._headers = {"Authorization": f"Bearer {(rig.directory / 'run' / 'api-token').read_text()}"}
        self._person = person
        self._login: dict[str, str] = {}
        self._session = requests.Session()
        self._session.trust_env = False
        self._known = _known(rig)
        self.answers: Counter[tuple[str, int]] = Counter()
        document = self._session.get(f"{self._base_url}/openapi.json", headers=self._headers, timeout=10).json()
        self.schema = schemathesis.openapi.from_dict(document, config=GENERATION)
        if person:
            self._log_in()

    def close(self) -> None:
        self._session.close()

    def each_endpoint(self, examples: int) -> None:
        """So many requests of each kind to each endpoint; those that ask for one thing also with one that is there."""
        for result in self.schema.get_all_operations():
            operation = result.ok()
            for mode in MODES:
                self._send(operation.as_strategy(generation_mode=mode), examples)
            names = {parameter.name for parameter in operation.path_parameters}
            if names and names <= self._known.keys():
                real = {name: self._known[name] for name in names}
                self._send(operation.as_strategy(path_parameters=real), 2)

    def any_order(self, examples: int) -> None:
        """So many requests to endpoints as they come, so that the station is in all its states."""
        self._send(self.schema.as_strategy(), examples)

    def _send(self, cases: SearchStrategy[Any], examples: int) -> None:
        @seed(1)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def each(case: Any) -> None:
            # Not with a negative case, whose point a good session would spoil where a bad one is the point.
            headers = self._headers | (self._login if case.meta.generation.mode.is_positive else {})
            answer = case.call(
                base_url=self._base_url, headers=headers, session=self._session, timeout=ANSWERS_WITHIN_S
            )
            self.answers[case.operation.label, answer.status_code] += 1
            case.validate_response(answer, headers=headers)
            if self._person and answer.status_code == 401:
                self._log_in()  # a generated request has logged out

        each()

    def _log_in(self) -> None:
        body = {"person": self._person, "secret": SECRET}
        answer = self._session.post(f"{self._base_url}/v1/login", json=body, headers=self._headers, timeout=30)
        if answer.status_code == 200:  # else there were too many attempts by generated requests
            self._login = {"Inspector-Session": answer.json()["session"]}


def _known(rig: StationRig) -> dict[str, object]:
    """Path parameters that name something that is there."""
    part = next(record for record in rig.records("part") if record["views"] and record["views"][0]["image"])
    seq = rig.all_records().index(part) + 1
    return {"seq": seq, "digest": part["views"][0]["image"]["digest"], "camera": "cam1"}


@contextmanager
def station(folder: Path, role: str = "") -> Iterator[StationRig]:
    """A station with a few parts in an open shift; its processes live on, complain of nothing, and it verifies.

    With a role it is a station with users, where `USER` has this role.
    """
    rig = StationRig(folder, parts=4)
    if role:
        _add_users(rig, role)
    with rig, ApiClient(folder) as client:
        rig.wait_ready_to_open()
        until(lambda: status_of(client) is not None, "an api that has found the station")
        if role:
            client.login(LEAD, SECRET)
        client.open_shift("L1", None if role else "op-1")
        rig.wait_parts(4)
        rig.wait_line_quiet()
        yield rig
        table = json.loads((folder / "run" / "processes.json").read_bytes())
        assert {name: process["restarts"] for name, process in table.items()} == dict.fromkeys(table, 0)
    complaints = [path.name for path in (folder / "logs").glob("*.log") if "Traceback" in path.read_text()]
    assert complaints == []
    assert rig.verify().exit_code == 0


def _add_users(rig: StationRig, role: str) -> None:
    """An admin, a team lead who opens the shift, and who shall send the requests."""
    secret = rig.directory.parent / "secret"
    secret.write_text(SECRET)
    station = ["--station", str(rig.directory), "--new-password-file", str(secret)]
    assert main(["user", "add", ADMIN, "--role", "admin", "--why", "first", *station]) == 0
    by = ["--by", ADMIN, "--password-file", str(secret), "--why", "early shift"]
    assert main(["user", "add", LEAD, "--role", "team-lead", *by, *station]) == 0
    assert main(["user", "add", USER, "--role", role, *by, *station]) == 0


def status_of(client: ApiClient) -> Status | None:
    """The status, or None while nobody answers."""
    try:
        return client.status()
    except ApiError:
        return None


def test_no_request_breaks_the_api_and_every_answer_is_as_published(tmp_path: Path) -> None:
    with station(tmp_path / "station") as rig:
        caller = Caller(rig)
        caller.each_endpoint(max(1, 80 // len(list(caller.schema.get_all_operations()))))
        caller.close()
    answered = {label for label, code in caller.answers if code == 200}
    assert {"GET /v1/status", "GET /v1/parts/{seq}", "GET /v1/images/{digest}"} <= answered


@pytest.mark.long
@pytest.mark.parametrize("role", ["", "operator", "team-lead", "qa", "admin"])
def test_many_requests_in_all_states(tmp_path: Path, role: str) -> None:
    with station(tmp_path / "station", role) as rig:
        caller = Caller(rig, USER if role else "")
        caller.each_endpoint(20)
        caller.any_order(1500)
        caller.close()
    print(f"\n{role or 'no users'}: {caller.answers.total()} requests, {dict(sorted(by_code(caller.answers).items()))}")


def by_code(answers: Counter[tuple[str, int]]) -> Counter[int]:
    codes: Counter[int] = Counter()
    for (_label, code), times in answers.items():
        codes[code] += times
    return codes
