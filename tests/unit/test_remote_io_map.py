# SPDX-License-Identifier: AGPL-3.0-or-later
"""The map of remote I/O: what is refused in it, what its values mean, the pulse, and the proof of a watchdog."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.config import TrackingSettings
from inspector.config.remote_io import ModuleSettings, PointSettings, RegisterSettings, RemoteIoSettings
from inspector.line.io_points import InputMap, PassPulse, Span, output_levels
from inspector.line.io_watchdog import watchdog_complaint, watchdog_time_ms
from tests.io_module import COUNTER, ENABLED, OUTPUTS, SAFE, TIME, module_settings, points

MS = 1_000_000
NEEDS = {"encoder": True, "encoder_words": 2, "good_lane": True}
TRACKING = TrackingSettings()


def settings(map_points: list[dict[str, Any]] | None = None, **values: Any) -> RemoteIoSettings:
    given_points = points() if map_points is None else map_points
    return RemoteIoSettings.model_validate({"modules": [module_settings(502)], "points": given_points, **values})


def without(name: str) -> list[dict[str, Any]]:
    return [point for point in points() if point["name"] != name]


def test_the_map_of_the_tests_is_complete() -> None:
    assert settings().complaint(**NEEDS) is None


@pytest.mark.parametrize("name", ["part", "reject-lane", "good-lane", "encoder", "pass"])
def test_what_the_tracking_needs_has_to_be_in_the_map(name: str) -> None:
    assert settings(without(name)).complaint(**NEEDS) == f"has no point {name!r}"


@pytest.mark.parametrize("name", ["running", "estop-ok", "bin-full", "air-low", "ready", "heartbeat", "warning"])
def test_the_rest_may_be_left_away(name: str) -> None:
    assert settings(without(name)).complaint(**NEEDS) is None


def test_without_an_encoder_none_is_needed_or_allowed() -> None:
    needs = {**NEEDS, "encoder": False, "encoder_words": 1}
    assert settings(without("encoder")).complaint(**needs) is None
    assert settings().complaint(**needs) == "has an encoder, and tracking.encoder_bits is 0"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"part": {"module": "io2"}}, "names a module 'io2' that is not there"),
        ({"pass": {"kind": "holding-register"}}, "has the output 'pass' in another table than the coils"),
        ({"pass": {"contact": "nc"}}, "a broken wire would accept everything"),
        ({"part": {"kind": "input-register"}}, "has 'part' in a table of the wrong kind"),
        ({"encoder": {"kind": "coil", "address": 50}}, "has 'encoder' in a table of the wrong kind"),
        ({"part": {"safe": {"kind": "coil", "address": 1}}}, "gives the input 'part' a safe value"),
        ({"part": {"address": 1}}, "uses discrete-input 1 of 'io1' twice"),
        ({"part": {"address": 900}}, "100 or more apart"),
    ],
)
def test_a_map_that_cannot_be_right_is_refused(changes: dict[str, Any], complaint: str) -> None:
    assert complaint in (settings(points(**changes)).complaint(**NEEDS) or "")


def test_names_are_given_once() -> None:
    assert settings([*without("warning"), points()[0]]).complaint(**NEEDS) == "has the point 'part' twice"
    modules = [module_settings(502), module_settings(503)]
    assert settings(modules=modules).complaint(**NEEDS) == "has the module 'io1' twice"


# Inputs


def values(inputs: InputMap, on: set[int], counter: tuple[int, int] = (0, 0)) -> dict[Any, int]:
    found: dict[Any, int] = {}
    for span in inputs.spans:
        for address in range(span.first, span.first + span.count):
            bit = span.table == "discrete-input"
            found[span.module, span.table, address] = int(address in on) if bit else counter[address - COUNTER]
    return found


def test_one_request_reads_one_table() -> None:
    spans = InputMap(settings(), TRACKING).spans
    assert spans == [Span("io1", "discrete-input", 0, 7), Span("io1", "input-register", COUNTER, 2)]


def test_contacts_are_open_or_closed() -> None:
    inputs = InputMap(settings(), TRACKING)
    silent = inputs.reading(5, values(inputs, set()))
    assert (silent.t_ns, silent.part, silent.emergency_stop, silent.air_low, silent.running) == (
        5,
        False,
        True,
        True,
        False,
    )
    lively = inputs.reading(5, values(inputs, {0, 1, 2, 3, 4, 5, 6}))
    assert (lively.part, lively.good_lane, lively.reject_lane, lively.running) == (True, True, True, True)
    assert (lively.emergency_stop, lively.bin_full, lively.air_low) == (False, True, False)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_counter_has_two_words(count: int, high_first: bool) -> None:
    order = "high-first" if high_first else "low-first"
    inputs = InputMap(settings(word_order=order), TRACKING)
    words = (count >> 16, count & 0xFFFF)
    reading = inputs.reading(0, values(inputs, set(), words if high_first else words[::-1]))
    assert reading.encoder_count == count


def test_what_is_not_in_the_map_is_not_known() -> None:
    kept = [point for point in points() if point["name"] in ("part", "reject-lane", "pass")]
    inputs = InputMap(settings(kept), TrackingSettings(encoder_bits=0))
    reading = inputs.reading(0, values(inputs, {0}))
    assert (reading.part, reading.good_lane, reading.encoder_count, reading.running) == (True, False, None, None)
    assert not (reading.emergency_stop or reading.bin_full or reading.air_low)


@pytest.mark.parametrize("contact", ["no", "nc"])
def test_a_debounced_input_counts_when_it_has_stayed(contact: str) -> None:
    inputs = InputMap(settings(points(running={"debounce_ms": 20, "contact": contact})), TRACKING)
    on, off = ({3}, set()) if contact == "no" else (set(), {3})
    levels = [inputs.reading(t * MS, values(inputs, on if t >= 100 else off)).running for t in range(0, 140, 5)]
    assert levels == [t >= 120 for t in range(0, 140, 5)]
    bouncing = [inputs.reading((200 + t) * MS, values(inputs, off if t % 10 else on)).running for t in range(0, 50, 5)]
    assert bouncing == [True] * 10


# Outputs


def test_outputs_are_written_by_their_contact_and_pass_first() -> None:
    levels = output_levels(settings(points(ready={"contact": "nc"})), {"pass": True, "heartbeat": True})
    assert list(levels.items()) == [
        (("io1", 0), True),
        (("io1", 1), True),
        (("io1", 2), True),
        (("io1", 3), False),
    ]
    assert list(output_levels(settings(), {}).values()) == [False] * 4


def test_a_pulse_ends_by_itself_and_begins_anew_only_after_it_was_to_end() -> None:
    pulse = PassPulse(at_most_ms=100)
    assert [pulse.on(True, t * MS) for t in (0, 50, 99, 100, 500)] == [True, True, True, False, False]
    assert not pulse.on(False, 600 * MS)
    assert pulse.on(True, 700 * MS)


@given(st.lists(st.tuples(st.integers(1, 200), st.booleans()), max_size=60))
def test_no_pulse_is_longer_than_it_may_be(steps: list[tuple[int, bool]]) -> None:
    pulse, now_ms, since_ms = PassPulse(at_most_ms=100), 0, None
    for step_ms, wanted in steps:
        now_ms += step_ms
        on = pulse.on(wanted, now_ms * MS)
        assert wanted or not on
        since_ms = (since_ms if since_ms is not None else now_ms) if on else None
        assert since_ms is None or now_ms - since_ms < 100


# Watchdog

SOUND = {ENABLED: 1, TIME: 50, SAFE: 0, SAFE + 1: 0, SAFE + 2: 0, SAFE + 3: 0}


def complaint(cells: dict[int, int], changes: dict[str, Any] | None = None, **watchdog: Any) -> str | None:
    module = ModuleSettings.model_validate(module_settings(502, **watchdog))
    outputs = [PointSettings.model_validate(point) for point in points(**(changes or {})) if point["name"] in OUTPUTS]
    found = watchdog_complaint(module, outputs, lambda cell: cells[cell.address], hold_ms=500)
    return None if found is None else found.message


def test_a_watchdog_that_is_right_is_no_complaint() -> None:
    assert complaint(SOUND) is None
    assert complaint({**SOUND, ENABLED: 0xAA}, enabled_value=0xAA) is None


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({ENABLED: 0}, "is off: it reads 0, not 1"),
        ({TIME: 0}, "waits 0 ms"),
        ({TIME: 51}, "waits 510 ms, and tracking.output_hold_ms is 500"),
        ({SAFE: 1}, "sets the output 'pass' to 1, not to 0"),
        ({SAFE + 3: 1}, "sets the output 'warning' to 1, not to 0"),
    ],
)
def test_a_watchdog_that_is_wrong_is_refused_whoever_has_verified_it(cells: dict[int, int], words: str) -> None:
    assert words in (complaint({**SOUND, **cells}) or "")
    assert words in (complaint({**SOUND, **cells}, verified_by="A. Smith") or "")


def test_an_output_that_is_off_while_its_coil_is_on_is_safe_with_its_coil_on() -> None:
    assert complaint({**SOUND, SAFE + 1: 1}, {"ready": {"contact": "nc"}}) is None


@pytest.mark.parametrize("hidden", [{"enabled": None}, {"time": None}])
def test_what_cannot_be_read_has_to_be_verified_by_a_person(hidden: dict[str, Any]) -> None:
    assert "is not proven: nothing says where to read" in (complaint(SOUND, **hidden) or "")
    assert complaint(SOUND, **hidden, verified_by="A. Smith, 2026-11-20") is None


def test_the_safe_value_of_pass_is_needed_and_that_of_a_lamp_is_not() -> None:
    assert "'pass'" in (complaint(SOUND, {"pass": {"safe": None}}) or "")
    assert complaint(SOUND, {"warning": {"safe": None}}) is None


def test_a_module_without_outputs_needs_no_watchdog() -> None:
    module = ModuleSettings(name="io2", host="io2")
    assert watchdog_complaint(module, [], lambda cell: 0, hold_ms=500) is None
    assert watchdog_time_ms(module, lambda cell: 0) is None


def test_shifts_name_who_has_verified() -> None:
    assert settings().warnings() == []
    module = module_settings(502, verified_by="A. Smith, 2026-11-20")
    assert (
        len(settings(modules=[module, {"name": "io2", "host": "h", "watchdog": {"verified_by": "x"}}]).warnings()) == 1
    )


def test_a_register_is_in_one_of_four_tables() -> None:
    with pytest.raises(ValueError, match="kind"):
        RegisterSettings.model_validate({"kind": "memory", "address": 1})
