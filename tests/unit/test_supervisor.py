# SPDX-License-Identifier: AGPL-3.0-or-later
"""The supervisor: which processes there are, restarts, refusals, the lock, and an orderly end."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import camera_configs
import data_samples
from inspector import supervisor as module
from inspector.config import TsaSettings, load_config
from inspector.errors import AlreadyRunning, ConfigError
from inspector.station_directory import NewStation, create_station
from inspector.supervisor import Role, Supervisor, plain, roles_of

OBEDIENT = "import sys; sys.stdin.buffer.read()"
REFUSING = "import sys; sys.stderr.write('CAMERA_NOT_FOUND: no camera. Plug it in\\n'); sys.exit(3)"
STUBBORN = "import time, sys; print('here', flush=True); time.sleep(600)"


def let_go(supervisor: Supervisor) -> None:
    """Run it with the order to stop already given: it starts nothing, and its lock is free again."""
    stop = threading.Event()
    stop.set()
    supervisor.run(stop)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("supervised") / "station"
    new = NewStation(
        name="supervised",
        model=data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=data_samples.images_dir(),
    )
    create_station(directory, new, "a passphrase")
    let_go(Supervisor(directory))  # prepares the pictures
    return directory


@pytest.fixture
def station(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "station"))


class Running:
    """A supervisor whose processes are small programs of the test."""

    def __init__(self, station: Path, monkeypatch: pytest.MonkeyPatch, **programs: str) -> None:
        folder = station.parent / "modules"
        folder.mkdir()
        for name, program in programs.items():
            (folder / f"supervised_{name}.py").write_text(program)
        monkeypatch.setenv("PYTHONPATH", str(folder), prepend=":")
        monkeypatch.setattr(module, "roles_of", lambda config: [Role(n, f"supervised_{n}") for n in programs])
        self.station = station
        self.supervisor = Supervisor(station)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.supervisor.run, args=(self.stop,))
        self.thread.start()

    def table(self) -> dict[str, dict[str, int]]:
        try:
            found: dict[str, dict[str, int]] = json.loads((self.station / "run" / "processes.json").read_bytes())
        except FileNotFoundError:
            return {}
        return found

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


Start = Callable[..., Running]


@pytest.fixture
def start(station: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    made: list[Running] = []

    def begin(**programs: str) -> Running:
        made.append(Running(station, monkeypatch, **programs))
        return made[-1]

    yield begin
    for running in made:
        running.end()


def until(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < give_up, "it does not come"
        time.sleep(0.02)


def test_roles_follow_the_settings(template: Path) -> None:
    config = load_config(template)
    assert [role.name for role in roles_of(config)] == ["plant", "station", "line", "camera-cam1", "api", "anchor"]
    lonely = config.model_copy(update={"ledger": config.ledger.model_copy(update={"kind": "none"})})
    assert "anchor" not in [role.name for role in roles_of(lonely)]
    tsa = TsaSettings(kind="timestamp", origin="tsa", url="https://tsa", roots_file="roots.pem", counts=True)
    shares = config.model_copy(update={"ledger": lonely.ledger.model_copy(update={"shared": [tsa]})})
    assert "anchor" in [role.name for role in roles_of(shares)]
    telling = config.model_copy(update={"mqtt": config.mqtt.model_copy(update={"enabled": True})})
    assert [role.name for role in roles_of(telling)][-1] == "mqtt"
    plc = config.model_copy(update={"line": config.line.model_copy(update={"backend": "modbus"})})
    assert "plant" not in [role.name for role in roles_of(plc)]


def test_what_no_part_waits_for_lets_the_line_go_first(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    running = start(one=OBEDIENT, other=OBEDIENT)
    until(lambda: len(running.table()) == 2)
    assert psutil.Process(running.table()["one"]["pid"]).nice() == psutil.Process().nice()
    running.end()
    aside = [Role("one", "supervised_one"), Role("other", "supervised_other", behind=True)]
    monkeypatch.setattr(module, "roles_of", lambda config: aside)
    again = Supervisor(running.station)
    stop = threading.Event()
    thread = threading.Thread(target=again.run, args=(stop,))
    thread.start()
    try:
        until(lambda: len(running.table()) == 2)
        one, other = (psutil.Process(running.table()[name]["pid"]).nice() for name in ("one", "other"))
        assert other > one
    finally:
        stop.set()
        thread.join(30)


def test_no_part_waits_for_api_anchor_mqtt_and_opcua(template: Path) -> None:
    config = load_config(template)
    enabled = {"enabled": True}
    all_of_them = config.model_copy(
        update={"mqtt": config.mqtt.model_copy(update=enabled), "opcua": config.opcua.model_copy(update=enabled)}
    )
    behind = [role.name for role in roles_of(all_of_them) if role.behind]
    assert behind == ["api", "anchor", "mqtt", "opcua"]


def test_the_dead_come_back_and_are_counted(start: Start) -> None:
    running = start(one=OBEDIENT, other=OBEDIENT)
    until(lambda: len(running.table()) == 2)
    before = running.table()
    psutil.Process(before["one"]["pid"]).kill()
    until(lambda: running.table().get("one", {}).get("restarts") == 1)
    assert running.table()["one"]["pid"] != before["one"]["pid"]
    assert running.table()["other"] == before["other"], "nobody else was disturbed"


def test_the_end_is_orderly_and_leaves_nobody(start: Start) -> None:
    running = start(one=OBEDIENT, other=OBEDIENT)
    until(lambda: len(running.table()) == 2)
    pids = [entry["pid"] for entry in running.table().values()]
    running.end()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert running.table() == {}


def test_who_does_not_end_is_killed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "END_WITHIN_S", 0.2)
    running = start(one=STUBBORN)
    log = running.station / "logs" / "one.log"
    until(lambda: log.exists() and "here" in log.read_text())
    pid = running.table()["one"]["pid"]
    running.end()
    assert not psutil.pid_exists(pid)


def test_a_refusal_is_told_once_in_words_and_the_others_go_on(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    running = start(one=OBEDIENT, camera=REFUSING)
    until(lambda: running.supervisor.refusals())
    assert running.supervisor.refusals() == {"camera": "no camera. Plug it in"}
    until(lambda: running.table().get("camera", {}).get("restarts", 0) >= 1)
    until(lambda: running.supervisor.refusals())
    told = [record.message for record in caplog.records if "camera" in record.message]
    assert told == ["camera does not run: no camera. Plug it in (it is tried again every few seconds)"]
    assert running.table()["one"]["restarts"] == 0


def test_a_second_supervisor_is_refused_and_the_first_unharmed(station: Path) -> None:
    first = Supervisor(station)
    with pytest.raises(AlreadyRunning) as caught:
        Supervisor(station)
    assert caught.value.advice
    let_go(first)
    let_go(Supervisor(station))


def test_pictures_that_cannot_be_used_are_named_and_the_lock_is_free_again(station: Path) -> None:
    settings = station / "station.toml"
    text = settings.read_text()
    settings.write_text(text.replace("images = ", 'images = "nowhere" #'))
    with pytest.raises(ConfigError, match="nowhere does not exist") as caught:
        Supervisor(station)
    assert caught.value.advice == "Name a folder with pictures"
    settings.write_text(text)
    let_go(Supervisor(station))


def test_each_run_has_its_own_secret(start: Start) -> None:
    running = start(one=OBEDIENT)
    until(lambda: running.table())
    secret = (running.station / "run" / "secret").read_bytes()
    assert len(secret) == 64
    stale = running.station / "run" / "station.endpoint.json"
    running.end()
    stale.write_text("{}")
    assert not (running.station / "run" / "secret").exists(), "the run is over"
    again = Supervisor(running.station)
    assert (running.station / "run" / "secret").read_bytes() != secret
    assert not stale.exists()
    let_go(again)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("FEATURE: the camera has no feature X. Look", "the camera has no feature X. Look"),
        ("no code here", "no code here"),
        ("ValueError: odd", "ValueError: odd"),
        ("", ""),
    ],
)
def test_words_without_their_code(words: str, said: str) -> None:
    assert plain(words) == said
