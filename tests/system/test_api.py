# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real api process between a scripted station and real clients."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from inspector.api.client import ApiClient, EventStream
from inspector.api.schema import EventMessage, EventName
from inspector.errors import (
    ApiAway,
    BypassRefused,
    LoginNeeded,
    LoginRefused,
    NotFound,
    RequestInvalid,
    RoleRefused,
    ShiftError,
    StationAway,
    StationTimeout,
)
from inspector.evidence.keys import SigningKey
from tests.api_station import JPEG, ApiProcess, FakeStation, make_station, recipe_list
from tests.store_station import make_writer

Setup = tuple[FakeStation, ApiProcess, ApiClient]


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    before = threading.active_count()
    run = make_station(tmp_path)
    station = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    with ApiClient(tmp_path) as client:
        yield station, api, client
    assert api.end() == 0
    station.close()
    assert "Traceback" not in api.log()
    assert threading.active_count() == before


def until(events: EventStream, name: EventName) -> EventMessage:
    for _ in range(100):
        message = events.receive(5)
        assert message is not None
        if message.name is name:
            return message
    raise AssertionError(name)


def test_status_and_shift_go_to_the_station(setup: Setup) -> None:
    station, _api, client = setup
    assert client.status().reasons[0].advice == "open a shift"
    opened = client.open_shift(" L-1 ", "Kim")
    assert opened.shift == 8
    request = next(r for r in station.requests if r["command"] == "shift-open")
    assert request["arguments"] == {"lot": "L-1", "operator": "Kim"}
    assert request["actor"] == "Kim"
    assert client.status().ready
    closed = client.close_shift("Kim", "all well")
    assert (closed.parts, closed.seal, closed.counts.verdicts["FAIL"]) == (412, "ef" * 32, 15)


def test_recipes_are_listed_and_changed(setup: Setup, tmp_path: Path) -> None:
    station, _api, client = setup
    station.answers["recipe-list"] = lambda request: recipe_list(code=request["arguments"]["code"])
    assert [one.meant for one in client.recipes(" R-17 ").recipes] == [False, True]
    assert client.recipes().in_force == "disc"
    ring = client.recipes().recipes[1]
    station.answers["recipe-change"] = lambda _request: {
        "seq": 9,
        "changed": True,
        "recipe": recipe_list()["recipes"][1],
    }
    done = client.change_recipe("ring", digest=ring.digest, code="R-17", looked=True, operator="4711")
    assert (done.seq, done.changed, done.recipe.product) == (9, True, "ring")
    asked = {one["command"]: one["arguments"] for one in station.requests}
    told = {"product": "ring", "digest": ring.digest, "code": "R-17", "looked": True, "operator": "4711"}
    assert asked["recipe-change"] == told
    client.open_shift("L-1", "4711", recipe=ring.digest)
    assert station.requests[-1]["arguments"]["recipe"] == ring.digest
    station.errors["recipe-change"] = {"code": "ROLE_REFUSED", "message": "1 change waits", "advice": "ask quality"}
    with pytest.raises(RoleRefused):
        client.change_recipe("ring")
    with pytest.raises(RequestInvalid):
        client.change_recipe("../ring")
    with pytest.raises(NotFound):
        client.recipe_picture("ring")
    with (tmp_path / "station.toml").open("a") as settings:
        settings.write('[recipes.ring]\nrecipe = "ring.toml"\npicture = "ring.png"\n')
    (tmp_path / "ring.png").write_bytes(b"\x89PNG\r\n\x1a\nand so on")
    assert client.recipe_picture("ring").endswith(b"and so on")


def test_alarms_are_told_with_their_numbers_and_answered(setup: Setup, tmp_path: Path) -> None:
    station, _api, client = setup
    writer = make_writer(tmp_path, SigningKey.generate())
    writer.append("alarm", {"code": "AIR_LOW", "cause": "no air", "action": "open the tap"}).result()
    writer.close()
    texts = {"message": "no air", "cause": "no air", "consequence": "nothing passes", "action": "open the tap"}
    alarm = {"code": "AIR_LOW", "priority": "medium", "since_us": 1_700_000_000_000_000, "first_out": True, **texts}
    station.change(alarms={"active": [alarm], "shelved": []})
    found = client.alarms()
    assert [(one.code, one.action, one.first_out) for one in found.active] == [("AIR_LOW", "open the tap", True)]
    assert (found.rate.last_hour, found.rate.flood, found.week[0].code) == (1, False, "AIR_LOW")
    told = {"code": "AIR_LOW", "seq": 7}
    station.answers |= {
        "alarm-acknowledge": lambda _request: told,
        "alarm-shelve": lambda _request: {**told, "until_us": 5},
        "alarm-unshelve": lambda _request: told,
    }
    assert client.acknowledge_alarm("AIR_LOW", "4711").seq == 7
    assert client.shelve_alarm("AIR_LOW", 30, " new compressor ").until_us == 5
    assert client.unshelve_alarm("AIR_LOW").code == "AIR_LOW"
    asked = {one["command"]: one["arguments"] for one in station.requests}
    assert asked["alarm-acknowledge"] == {"code": "AIR_LOW", "operator": "4711"}
    assert asked["alarm-shelve"] == {"code": "AIR_LOW", "minutes": 30, "reason": "new compressor"}
    assert asked["alarm-unshelve"] == {"code": "AIR_LOW"}
    with pytest.raises(RequestInvalid):
        client.shelve_alarm("AIR_LOW", 481, "longer than a shift")


def test_a_session_goes_with_each_command_of_who_logged_in(setup: Setup) -> None:
    station, api, client = setup
    told = {
        "session": "token-1",
        "user": "4711",
        "name": "Ada",
        "role": "operator",
        "idle_s": 300,
        "may": ["shift-open"],
    }
    shown = {"statement": "cd" * 32, "text": "shift 8\n", "meaning": "closes the shift", "target": "ab" * 32}
    station.answers |= {
        "login": lambda _request: told,
        "logout": lambda _request: {"user": "4711"},
        "password": lambda _request: {"user": "4711"},
        "shift-statement": lambda _request: shown,
        "shift-resume": lambda _request: {"shift": 8},
    }
    found = client.login("4711", "a secret sentence")
    assert (found.user, found.role, found.may) == ("4711", "operator", ("shift-open",))
    client.open_shift("L-1")
    assert client.shift_statement("all well", 2).text == "shift 8\n"
    client.resume_shift()
    assert client.sign_shift("cd" * 32, "a secret sentence").parts == 412
    client.change_password("a secret sentence", "another sentence")
    client.logout()
    with pytest.raises(RequestInvalid):
        client.login("4711", "")
    asked = {one["command"]: one for one in station.requests if one["command"] != "status"}
    assert asked["login"]["arguments"] == {"person": "4711", "secret": "a secret sentence"}
    assert {one.get("session") for name, one in asked.items() if name != "login"} == {"token-1"}
    assert asked["shift-open"]["arguments"] == {"lot": "L-1"}
    assert asked["shift-statement"]["arguments"] == {"note": "all well", "removed_by_hand": 2}
    assert asked["shift-close"]["arguments"]["statement"] == "cd" * 32
    assert asked["password"]["arguments"] == {"secret": "a secret sentence", "password": "another sentence"}
    assert "sentence" not in api.log()


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("LOGIN_NEEDED", LoginNeeded, 401),
        ("LOGIN_REFUSED", LoginRefused, 401),
        ("ROLE_REFUSED", RoleRefused, 403),
    ],
)
def test_who_may_not_is_told_so(setup: Setup, code: str, kind: type[Exception], status: int) -> None:
    station, api, client = setup
    station.errors["shift-open"] = {"code": code, "message": "not you", "advice": "log in"}
    with pytest.raises(kind, match="not you"):
        client.open_shift("L-1")
    answer = httpx.post(f"{api.address}/v1/shift/open", json={"lot": "L-1"}, headers=api.authorization, trust_env=False)
    assert answer.status_code == status


def test_a_challenge_is_started_and_followed(setup: Setup) -> None:
    station, _api, client = setup
    words = "Show test part 1 of 2: DENT (S7-000003)"
    station.answers["challenge-start"] = lambda _request: {"parts": 2, "presentations": 1, "message": words}
    assert client.start_challenge("Kim").message == words
    request = next(r for r in station.requests if r["command"] == "challenge-start")
    assert (request["arguments"], request["actor"]) == ({"operator": "Kim"}, "Kim")
    last = {"result": "failed", "reason": "missed", "t_us": 1, "passed_since": "challenge/passed-1.csv"}
    info = {"state": "failed", "running": False, "message": "", "parts": 2, "set": "ab" * 32, "last": last}
    station.change(challenge=info)
    challenge = client.status().challenge
    assert challenge is not None
    assert challenge.last is not None
    assert (challenge.state, challenge.last.passed_since) == ("failed", "challenge/passed-1.csv")


def test_a_bypass_begins_with_its_permit_and_shows_until_it_ends(setup: Setup) -> None:
    station, _api, client = setup
    begun = {"seq": 9, "ends_us": 7, "parts": 60, "scope": "no-verdict"}
    station.answers["bypass-start"] = lambda _request: begun
    station.answers["bypass-stop"] = lambda _request: {"parts": 3}
    permit = "inspector/bypass-permit/v1\nstation rig\n"
    assert client.start_bypass(permit, "Kim").parts == 60
    request = next(r for r in station.requests if r["command"] == "bypass-start")
    assert request["arguments"] == {"permit": permit, "operator": "Kim"}
    running = {"scope": "no-verdict", "reason": "lamp", "by": "QA", "started_us": 1, "ends_us": 7, "remaining_s": 60}
    station.change(bypass={**running, "let_through": 3, "parts_left": 57})
    found = client.status().bypass
    assert found is not None
    assert (found.parts_left, found.remaining_s) == (57, 60)
    assert client.stop_bypass("Kim").parts == 3
    station.errors["bypass-start"] = {
        "code": "BYPASS_REFUSED",
        "message": "the permit was used before",
        "advice": "ask",
    }
    with pytest.raises(BypassRefused, match="used before"):
        client.start_bypass(permit, "Kim")


def test_the_stations_refusal_keeps_its_words(setup: Setup) -> None:
    station, _api, client = setup
    station.errors["shift-open"] = {"code": "SHIFT", "message": "a shift is open", "advice": "close it first"}
    with pytest.raises(ShiftError, match=r"a shift is open\. close it first"):
        client.open_shift("L", "Kim")


def test_events_begin_with_the_state_and_keep_coming(setup: Setup) -> None:
    station, _api, client = setup
    with client.events() as events:
        assert until(events, EventName.STATE).data["state"] == "IDLE"
        station.part(4, "FAIL")
        assert until(events, EventName.PART).data["verdict"] == "FAIL"
        station.preview(b"\xff\xd8picture")
        assert until(events, EventName.PREVIEW).data["camera"] == "cam1"
        assert client.preview("cam1") == b"\xff\xd8picture"
        for _ in range(2):  # a quiet station is asked once a second
            until(events, EventName.STATE)


def test_what_does_not_fit_is_dropped_not_passed_on(setup: Setup) -> None:
    station, api, client = setup
    with client.events() as events:
        station.event("state", {"state": "NONSENSE"})
        station.event("preview", {"camera": "../x", "width": 1, "height": 1, "jpeg": JPEG})
        station.event("preview", {"camera": "cam1", "width": 1, "height": 1, "jpeg": "%%"})
        station.event("unheard-of", {})
        station.part(1)
        until(events, EventName.PART)
    with pytest.raises(NotFound):
        client.preview("cam1")
    assert api.log().count("does not fit") == 4


def test_a_station_that_is_away_is_said_at_once_and_comes_back(setup: Setup, tmp_path: Path) -> None:
    station, api, client = setup
    with client.events() as events:
        until(events, EventName.STATE)
        station.close()
        assert "not running" in str(until(events, EventName.STATION_AWAY).data["reason"])
        with pytest.raises(StationAway):
            client.status()
        assert httpx.get(api.address + "/v1/status", headers=api.authorization).status_code == 503
        again = FakeStation(api.run)
        until(events, EventName.STATE)
        assert client.status().station == "st1"
        again.close()


def test_a_station_that_hangs_is_a_timeout_not_a_hang(setup: Setup) -> None:
    station, _api, client = setup
    station.silent = True
    with client.events() as events:
        with pytest.raises(StationTimeout):
            client.status()
        assert "has not answered" in str(until(events, EventName.STATION_AWAY).data["reason"])
        station.silent = False
        until(events, EventName.STATE)


def test_a_listener_that_reads_nothing_holds_up_nobody(setup: Setup) -> None:
    station, _api, client = setup
    with client.events() as slow, client.events() as quick:
        until(quick, EventName.STATE)
        picture = os.urandom(300_000)
        for seq in range(60):
            station.preview(picture, key=["00" * 8, seq])
            station.part(seq)
            assert until(quick, EventName.PART).data["seq"] == seq
        numbers = []
        while len(numbers) < 60:
            message = slow.receive(5)
            assert message is not None
            if message.name is EventName.PART:
                numbers.append(message.data["seq"])
        assert numbers == list(range(60))


def test_nothing_is_answered_without_the_token(setup: Setup) -> None:
    _station, api, _client = setup
    paths = [
        "/v1/status",
        "/openapi.json",
        "/docs",
        "/nothing",
        "/v1/preview/cam1",
        f"/v1/status?token={api.token}",
    ]
    for path in paths:
        answer = httpx.get(api.address + path)
        assert (answer.status_code, answer.json()["code"]) == (401, "ACCESS_DENIED"), path
    url = api.address.replace("http", "ws") + "/v1/events"
    with pytest.raises(InvalidStatus, match="401"), connect(f"{url}?token={api.token}", proxy=None):
        pass
    foreign = Origin("http://evil.example")
    with (
        pytest.raises(InvalidStatus, match="403"),
        connect(url, additional_headers=api.authorization, origin=foreign, proxy=None),
    ):
        pass
    assert api.token not in api.log()


def test_the_schema_is_published_to_those_with_the_token(setup: Setup) -> None:
    _station, api, _client = setup
    document = httpx.get(api.address + "/openapi.json", headers=api.authorization).json()
    assert {"/v1/status", "/v1/shift/open", "/v1/shift/close", "/v1/preview/{camera}"} <= set(document["paths"])
    assert httpx.get(api.address + "/docs", headers=api.authorization).status_code == 404


BAD_REQUESTS: list[tuple[str, str, bytes | None, int]] = [
    ("POST", "/v1/shift/open", b"{", 422),
    ("POST", "/v1/shift/open", b'{"lot":"","operator":"x"}', 422),
    ("POST", "/v1/shift/open", b"x" * 70_000, 413),
    ("GET", "/v1/shift/open", None, 405),
    ("GET", "/v1/preview/..%2fx", None, 404),
    ("GET", "/v1/preview/CAM", None, 422),
    ("GET", "/v1/preview/cam9", None, 404),
    ("DELETE", "/v1/status", None, 405),
]


def test_bad_requests_are_answered_in_words(setup: Setup) -> None:
    _station, api, _client = setup
    for method, path, body, status in BAD_REQUESTS:
        answer = httpx.request(method, api.address + path, content=body, headers=api.authorization)
        assert answer.status_code == status, (method, path)
        assert set(answer.json()) == {"code", "message", "advice"}


def test_the_token_is_private_and_new_each_time(setup: Setup, tmp_path: Path) -> None:
    _station, api, client = setup
    first = api.token
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "run" / "api-token").stat().st_mode) == 0o600
    api.kill()
    with pytest.raises(ApiAway):
        client.status()
    api.start()
    assert api.token != first
    assert client.status().station == "st1"


def test_it_ends_in_order_with_listeners_connected(setup: Setup) -> None:
    _station, api, client = setup
    with client.events() as events:
        until(events, EventName.STATE)
        assert api.terminate() == 0
        with pytest.raises(ApiAway):
            for _ in range(100):
                events.receive(5)
    with pytest.raises(ApiAway), client.events():
        pass


def test_wrong_addresses_are_refused_in_words(tmp_path: Path) -> None:
    for number, (setting, word) in enumerate([("host = '0.0.0.0'", "every network"), ("host = 'pc'", "not an IPv4")]):
        folder = tmp_path / str(number)
        make_station(folder, f"[api]\n{setting}\n")
        api = ApiProcess(folder)
        api.start(wait=False)
        for _ in range(200):
            if word in api.log():
                break
            time.sleep(0.05)
        assert api.end() == 3
        assert word in api.log().splitlines()[-1]


def test_a_fixed_port_is_taken_again_after_a_crash(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    run = make_station(tmp_path, f"[api]\nport = {port}\n")
    station = FakeStation(run)
    api = ApiProcess(tmp_path)
    api.start()
    assert api.address.endswith(f":{port}")
    with ApiClient(tmp_path) as client, client.events() as events:
        until(events, EventName.STATE)
        api.kill()
    api.start()
    assert api.address.endswith(f":{port}")
    assert api.end() == 0
    station.close()
