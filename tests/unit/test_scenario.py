# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scenarios: the invariants see what is wrong, and the table, its page and the examples say the same."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.child import Child
from inspector.cli.main import main
from inspector.detect.gate import measure_gate
from inspector.errors import ConfigError
from inspector.evidence.keys import SigningKey
from inspector.ipc import Event
from inspector.line.belt_window import BeltWindow
from inspector.line.handshake import Handshake
from inspector.line.io_points import PassPulse
from inspector.line.plant.raw_belt import BeltFaults
from inspector.line.register_map import StationBit
from inspector.line.tracker import Tracker
from inspector.part import PartKey
from inspector.scenario.belt import Part
from inspector.scenario.camera import Delivery
from inspector.scenario.catalogue import mixes, own, pairs, singles
from inspector.scenario.computer import _Awaited, _Owner
from inspector.scenario.course import play
from inspector.scenario.handshake_plant import HandshakePlant
from inspector.scenario.io_module import TIME_MS
from inspector.scenario.kinds import EVERYWHERE, PACE, PlantKind
from inspector.scenario.network import Network, SimulatedHub
from inspector.scenario.pictures import Look, Scene, draw, find_spots, recipe
from inspector.scenario.plant import Plant
from inspector.scenario.plc_program import PlcProgram
from inspector.scenario.processes import MainThread, Process, World
from inspector.scenario.raw_plant import RawPlant
from inspector.scenario.registers import Wire
from inspector.scenario.rig import Rig, station_config
from inspector.scenario.schedule import Schedule
from inspector.scenario.settings import Disturb, Scenario, check, load_scenario
from inspector.scenario.table import SECTIONS, Hit, Kind, table
from inspector.station.recorder import Recorder
from inspector.station.shifts import ShiftKeeper
from inspector.store.book import RecordBook

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "data_samples" / "scenarios").glob("*.toml"))


def broken(scenario: Scenario) -> set[str]:
    return {one.invariant for one in play(scenario).broken}


def test_nothing_is_wrong_where_nothing_happens_and_it_is_the_same_each_time() -> None:
    first, second = (play(Scenario(name="calm", rate_ppm=600)) for _ in range(2))
    assert first.broken == second.broken == []
    assert first.verdicts == second.verdicts == {"FAIL": 3, "PASS": 17}
    assert first.lanes == {"good": 17, "reject": 3}
    assert first.codes == first.deaths == []
    assert first.facts.records == second.facts.records


def test_a_line_that_grants_whatever_comes_breaks_the_first_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "inspector.station.recorder.Recorder.part",
        _granting(Recorder.part),
    )
    assert "good lane" in broken(Scenario(name="grants everything"))


def _granting(original: object) -> object:
    def part(self: Recorder, trigger: object, result: object) -> None:
        key = trigger.key  # type: ignore[attr-defined]
        self._hub.send("line", {"type": "grant", "key": [key.line_boot, key.part_seq], "decide_by_ns": 1})
        original(self, trigger, result)  # type: ignore[operator]

    return part


def test_a_station_that_forgets_outcomes_breaks_one_record_each(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Recorder.outcome

    def forgetful(self: Recorder, key: PartKey, part_hash: str, message: dict[str, object]) -> None:
        if key.part_seq != 5:
            original(self, key, part_hash, message)

    monkeypatch.setattr(Recorder, "outcome", forgetful)
    assert "one record" in broken(Scenario(name="forgets an outcome"))


def test_a_part_that_is_left_out_breaks_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Tracker.edge
    monkeypatch.setattr(Tracker, "edge", original)
    real = RecordBook.append

    def without_gaps(self: RecordBook, records: list[tuple[str, dict[str, object]]]) -> object:
        changed = [(kind, {**fields, "count": 0} if kind == "gap" else fields) for kind, fields in records]
        return real(self, changed)

    monkeypatch.setattr(RecordBook, "append", without_gaps)
    assert "counts" in broken(Scenario(name="hides a gap", disturb=[Disturb(name="edge-lost")]))


def test_a_changed_record_breaks_the_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    original = SigningKey.sign
    monkeypatch.setattr(SigningKey, "sign", lambda self, message: original(self, message + b" "))
    assert "chain" in broken(Scenario(name="signs something else"))


def test_a_line_that_never_recovers_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ShiftKeeper, "take_finished", lambda _self: None)
    monkeypatch.setattr("inspector.scenario.course.READY_WITHIN_MS", 2000.0)
    assert "seal" in broken(Scenario(name="no answer to the close"))


def test_the_page_has_the_table() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    cells = r"^\| `([a-z-]+)` \| ([a-z]+) \| ([a-z, -]+) \| ([^|]+) \| ([^|]*) \| ([^|]+) \|$"
    rows = re.findall(cells, page, re.MULTILINE)
    expected = [
        (
            kind.name,
            kind.section,
            ", ".join(kind.plants),
            kind.what,
            ", ".join(
                f"{name} {limits.default:g} ({limits.low:g} to {limits.high:g})"
                for name, limits in kind.parameters.items()
            ),
            kind.ends.words(),
        )
        for kind in table().values()
    ]
    assert [tuple(cell.strip() for cell in row) for row in rows] == expected
    assert {kind.section for kind in table().values()} == set(SECTIONS)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_hold(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(file)]) == 0
    assert "1 of 1 scenarios hold" in capsys.readouterr().out


def test_exit_codes_and_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "s.toml"
    file.write_text('name = "wrong hope"\nparts = 4\n[expect]\nstop = ["STOP_LATE"]\n', "utf-8")
    keep = tmp_path / "kept"
    disabled = logging.root.manager.disable
    assert main(["simulate", str(file), "--json", "--keep", str(keep)]) == 2
    assert logging.root.manager.disable == disabled, "others complain again"
    assert '"invariant": "end"' in capsys.readouterr().out
    assert (keep / "station" / "records.sqlite").is_file()
    assert main(["simulate", str(file), "--keep", str(keep)]) == 3
    assert main(["simulate"]) == 3
    assert main(["simulate", "--list"]) == 0
    assert "power-cut" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        'name = "x"\nsurprise = 1\n',
        'name = "x"\nrate_ppm = 601\n',
        'name = "x"\n[[disturb]]\nname = "earthquake"\n',
        'name = "x"\n[[disturb]]\nname = "bounce"\nparameters = { height = 2 }\n',
        'name = "x"\n[[disturb]]\nname = "bounce"\nparameters = { edges = 99 }\n',
        'name = "x"\ntime = "real"\n[[disturb]]\nname = "clock-step"\n',
        'name = "x"\nplant = "steam"\n',
        'name = "x"\nplant = "remote-io"\ntime = "real"\n',
        'name = "x"\nplant = "remote-io"\nrate_ppm = 61\n',
        'name = "x"\nplant = []\n',
        'name = "x"\n[[disturb]]\nname = "ack-early"\n',
        'name = "x"\nplant = "handshake"\n[[disturb]]\nname = "ack-early"\n[[disturb]]\nname = "count-reset"\n',
        "name = ",
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "s.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        load_scenario(file)


@given(st.text(max_size=200))
def test_no_text_gets_through_unread(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("scenario") / "s.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        load_scenario(file)


def test_the_drawn_pictures_are_judged_as_they_are_drawn() -> None:
    gate = recipe().gate
    for seed in range(20):
        good, bad = draw(Scene(Look(seed)), seed), draw(Scene(Look(seed, defect=True)), seed)
        assert measure_gate(good, gate).failed == measure_gate(bad, gate).failed == ()
        assert find_spots(good) == ()
        assert [one.class_name for one in find_spots(bad)] == ["spot"]


def test_timers_fall_due_in_order_and_cancelled_ones_do_not() -> None:
    schedule, heard = Schedule(), []
    schedule.after_ms(2, lambda: heard.append("b"))
    schedule.after_ms(1, lambda: heard.append("a"))
    schedule.after_ms(1.5, lambda: heard.append("never")).cancel()
    assert schedule.run(lambda: len(heard) == 2, 10)
    assert heard == ["a", "b"]
    assert not schedule.run(lambda: False, 5)


@pytest.mark.parametrize("kind", table().values(), ids=lambda kind: kind.name)
def test_what_is_mended_strikes_nothing_more(tmp_path: Path, kind: Kind) -> None:
    """Also where its part came and was never judged, or stood on the belt, when everything was mended."""
    rig = Rig(tmp_path, seed=1, kind=kind.plants[0])
    hit = Hit(rig, first=1, parts=kind.parts)
    kind.inject(rig, hit, {name: limits.default for name, limits in kind.parameters.items()})
    first, second = Part(1, Look(1), start=10.0), Part(2, Look(2), start=510.0)
    for part in (first, second):
        rig.machine.parts.append(part)
        rig.machine.on_feed(part)
        if isinstance(rig.machine, Plant):
            rig.machine.gap(part, 500.0)
    rig.calm()
    rig.machine.on_feed(part := Part(3, Look(3), start=1010.0))
    rig.machine.parts.append(part)
    scene = Scene(Look(3))
    assert rig.machine.sensors.picture(part, scene) == scene
    if isinstance(rig.machine, Plant):
        _mended_plant(rig.machine, second, part)
    if isinstance(rig.machine, HandshakePlant):
        _mended_plc(rig.machine)
    if isinstance(rig.machine, RawPlant):
        _mended_modules(rig.machine)
    delivery = Delivery(3, draw(scene, 3), 0)
    assert rig.head.deliver(delivery) == [delivery]
    for _ in range(2):
        rig.inference.fails()
        assert 22.0 <= rig.inference.latency_ms() <= 28.0
    assert not any(process.paused for process in rig.processes())
    assert not rig.disk.full and rig.disk.commit_ms == 0.0 and not rig.disk.power(1)
    rig.stop()


def _mended_plant(plant: Plant, before: Part, part: Part) -> None:
    sensors = plant.sensors
    assert [sensors.edge(before), sensors.edge(part)] == [[0.0], [0.0]]
    assert [sensors.lane(part, lane) for lane in ("good", "reject")] == [["good"], ["reject"]]
    assert [sensors.count(7), sensors.count(8)] == [8, 9]
    assert plant.gap(part, 500.0) == 500.0
    assert not sensors.silent and sensors.scan_ms == 0.0 and sensors.tells_edge(5)
    assert plant.gate.obeys(True) and not plant.gate.obeys(False)


def _mended_plc(plant: HandshakePlant) -> None:
    assert plant.program == PlcProgram(station=plant.program.station, _bits=ANY, _beat_ns=ANY)
    assert plant.registers.wire == Wire()
    assert plant.trigger_id(5) == 5


def _mended_modules(plant: RawPlant) -> None:
    assert plant.belt.faults == BeltFaults()
    for module in (plant.inputs, plant.outputs):
        assert module.wire == Wire()
        assert (module.unit_id, module.watchdog, module.time_ms) == (1, True, TIME_MS)


class _Kept(Process):
    """A process that keeps a database open, which only the thread that opened it may use."""

    def _open(self, child: Child, hub: SimulatedHub) -> tuple[Callable[[Event | None], None], Callable[[], None]]:
        connection = sqlite3.connect(self.files / "kept.sqlite")
        connection.execute("CREATE TABLE IF NOT EXISTS step (thread)")

        def step(_event: Event | None) -> None:
            with connection:
                connection.execute("INSERT INTO step VALUES (?)", (threading.get_ident(),))

        return step, connection.close

    def _tick_ms(self) -> float:
        return 1.0


@pytest.mark.parametrize("real", [False, True])
def test_a_process_is_put_away_by_the_thread_that_opened_it(tmp_path: Path, real: bool) -> None:
    schedule = Schedule(real=real)
    world = World(schedule, Network(schedule), tmp_path, station_config(), lambda _path: 1 << 40)
    (tmp_path / "first").mkdir()
    process = _Kept(world, "kept", tmp_path / "first")
    process.start()
    process.kill(restart_ms=1.0)
    assert schedule.run(lambda: process.starts == 2, 10_000.0)
    process.stop()
    assert process.deaths == ["killed"] and not process.alive
    with closing(sqlite3.connect(process.files / "kept.sqlite", timeout=0)) as connection:
        threads = {thread for (thread,) in connection.execute("SELECT thread FROM step")}
    assert (threads == {threading.get_ident()}) is not real


def test_what_goes_wrong_with_an_orderly_end_is_told() -> None:
    def fails() -> None:
        raise OSError("not closed")

    for real in (False, True):
        thread = MainThread("main-test", real=real)
        with pytest.raises(OSError, match="not closed"):
            thread.end(fails)
            thread.join()


def test_what_the_main_thread_waits_for_takes_none_of_the_scenarios_time() -> None:
    """Its clock stands while a process works, so a disk that sleeps on it would never come back."""
    schedule = Schedule()
    began_ns, disk, commit = schedule.clock.monotonic_ns(), _Owner(schedule), Future[int]()

    def write() -> None:
        for _ in range(2):
            disk.wait(1000.0)
        commit.set_result(7)

    writer = threading.Thread(target=write)
    writer.start()
    assert _Awaited(commit, disk).result(60) == 7
    writer.join()
    assert schedule.clock.monotonic_ns() == began_ns
    sleeper = threading.Thread(target=disk.wait, args=(1000.0,))
    schedule.busy.append(lambda: int(sleeper.is_alive()))
    sleeper.start()
    assert schedule.run(lambda: not sleeper.is_alive(), 1e9), "nobody waits for it any more: it sleeps"
    assert schedule.clock.monotonic_ns() >= began_ns + 1_000_000_000


def test_on_real_time_the_plant_does_what_is_due_when_it_is_due() -> None:
    schedule, told = Schedule(real=True), []
    late_ns = schedule.clock.monotonic_ns() - 80_000_000

    def action() -> None:
        told.append(schedule.now_ns())
        schedule.after_ms(15, lambda: told.append(schedule.now_ns()))
        process = threading.Thread(target=lambda: told.append(schedule.now_ns()))
        process.start()
        process.join()

    schedule.at(late_ns, action)
    assert schedule.run(lambda: len(told) == 3, 10_000.0)
    assert [told[0], told[2]] == [late_ns, late_ns + 15_000_000]
    assert told[1] >= late_ns + 80_000_000 <= schedule.now_ns()


def test_a_thread_that_sleeps_wakes_when_its_time_has_come_and_not_later() -> None:
    schedule, woken = Schedule(), []
    owner = object()

    def work() -> None:
        while schedule.sleep_ms(1, owner):
            woken.append(schedule.clock.monotonic_ns())

    thread = threading.Thread(target=work)
    schedule.busy.append(lambda: int(thread.is_alive()))
    began_ns = schedule.clock.monotonic_ns()
    thread.start()
    for number in range(4_000):  # time has something to go on to while the thread is about to sleep
        schedule.after_ms(0.1 * number, lambda: None)
    assert schedule.run(lambda: len(woken) >= 300, 10_000)
    schedule.end(owner)
    thread.join()
    assert [t_ns - began_ns for t_ns in woken] == [1_000_000 * (number + 1) for number in range(len(woken))]


def test_all_singles_are_in_the_catalogue() -> None:
    assert [scenario.name for scenario in singles()] == list(table())
    real = [scenario.name for scenario in singles(time="real")]
    assert set(table()) - set(real) == {"power-cut", "clock-step", *own("remote-io")}


def test_the_table_says_how_the_usual_lot_ends_at_the_usual_rate_and_nothing_of_others() -> None:
    assert all(scenario.expect is not None for scenario in singles())
    for others in (singles(seed=2), singles(rate_ppm=600), singles(time="real")):
        assert all(scenario.expect is None for scenario in others)


def test_the_error_says_which_plant_a_row_needs(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('name = "x"\n[[disturb]]\nname = "ack-early"\n', "utf-8")
    with pytest.raises(ConfigError, match='ack-early needs plant = "handshake", and the scenario has plant = "plc"'):
        load_scenario(file)


@pytest.mark.parametrize("plant", EVERYWHERE)
def test_pairs_and_mixes_stay_inside_one_plant_and_its_rates(plant: PlantKind) -> None:
    rates = PACE[plant].rates_ppm
    both = list(pairs(plant=plant))
    assert len(both) == len(own(plant)) * (len(own(plant)) - 1) // 2 > 0
    for scenario in [*both, *mixes(seed=4, count=50, plant=plant)]:
        assert scenario.plant == plant
        assert rates[0] <= scenario.rate_ppm <= rates[-1]
        assert any(one.name in own(plant) for one in scenario.disturb)
        check(scenario, "drawn")


@pytest.mark.parametrize("plant", EVERYWHERE)
def test_every_plant_runs_while_nothing_is_wrong(plant: PlantKind) -> None:
    result = play(Scenario(name="calm", plant=plant, parts=8))
    assert result.broken == []
    assert result.lanes == {"good": 7, "reject": 1}
    assert result.verdicts == {"FAIL": 1, "PASS": 7}


def test_a_station_that_opens_the_gate_for_whatever_comes_breaks_the_first_invariant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BeltWindow, "move", lambda _self, _mm: True)
    monkeypatch.setattr(PassPulse, "on", lambda _self, _wanted, _now_ns: True)
    assert "good lane" in broken(Scenario(name="opens always", plant="remote-io", parts=8))


def test_parts_that_an_encoder_without_travel_hides_break_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.line.soft_tracking.UNMEASURED", ())
    stall = Disturb(name="encoder-stalled")
    assert "counts" in broken(Scenario(name="hides a part", plant="remote-io", parts=8, disturb=[stall]))


def test_a_handshake_that_passes_whatever_comes_breaks_the_first_invariant(monkeypatch: pytest.MonkeyPatch) -> None:
    def pass_whatever(self: Handshake, plc: object, now_ns: int) -> object:
        for part in list(self._waiting):
            self.decide(part, StationBit.PASS, now_ns)
        return original(self, plc, now_ns)

    original = Handshake.scan
    monkeypatch.setattr(Handshake, "scan", pass_whatever)
    assert "good lane" in broken(Scenario(name="passes everything", plant="handshake"))
