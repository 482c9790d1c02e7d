# SPDX-License-Identifier: AGPL-3.0-or-later
"""Independent counts in shift-close and seal: true ones are said in words, and each lie about them is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from tests.unit.evidence_samples import FIELDS, LINE_BOOT
from tests.unit.evidence_station import StationBuilder, building
from tests.unit.verify.changes import KEY

Lie = Callable[[dict[str, Any]], None]


def counter(name: str, source: str, start: int | None, end: int | None, since: str = "") -> dict[str, Any]:
    return {"name": name, "source": source, "simulated": False, "since": since, "start": start, "end": end}


def truth(number: int = 1) -> dict[str, Any]:
    """Three parts, one bounce and two lost edges; the plant and its lanes counted all, the camera missed one.

    The counters go on from shift to shift.
    """
    before = number - 1
    return {
        "plc_count": 6,
        "station": 6,
        "difference": 0,
        "note": "the trigger cable was loose",
        "independent": {
            "counters": [
                counter("infeed", "plc", 6 * before, 6 * number),
                counter("good_lane", "lane", 2 * before, 2 * number, LINE_BOOT),
                counter("reject_lane", "lane", 2 * before, 2 * number, LINE_BOOT),
                counter("camera:top", "camera", 3 + 4 * before, 3 + 4 * number, "b0-1"),
            ],
            "bounces": 1,
            "removed_by_hand": 1,
            "differences": [{"between": "camera:top-records", "number": -1, "words": "camera top: 1 fewer"}],
            "established_by": ["infeed", "lanes"],
        },
    }


def gap(builder: StationBuilder, number: int, count: int, source: str) -> None:
    fields = {**FIELDS["gap"], "count": count, "source": source}
    builder.append("gap", {**fields, "key": {"line_boot": LINE_BOOT, "gap_seq": 100 + number}})


def shift(builder: StationBuilder, reconciliation: dict[str, Any], seal: object = "same", number: int = 1) -> None:
    builder.open_shift()
    for verdict in ("PASS", "PASS", "FAIL"):
        builder.part(verdict)
    gap(builder, 2 * number, 1, "sensor")
    gap(builder, 2 * number + 1, 2, "plc")
    builder.close_shift(reconciliation=reconciliation, independent=seal)


def test_what_is_established_is_said_in_words(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        shift(builder, truth())
        shift(builder, truth(2), number=2)
        builder.open_shift()
        builder.close_shift()
    report = verify_station(tmp_path / "station", expected_key=KEY)
    assert report.exit_code == 0, report.findings
    assert report.statements == [
        "shifts 1 to 2: completeness independently established by the plant's part counter, the plant's lane sensors;"
        " differences explained by a note: camera:top-records -1",
        "shift 3: completeness not independently established: the record has no independent counts",
    ]


def lie_bounces(told: dict[str, Any]) -> None:
    told["independent"]["bounces"] = 2


def lie_removed(told: dict[str, Any]) -> None:
    told["independent"]["removed_by_hand"] = 0


def lie_counter(told: dict[str, Any]) -> None:
    told["independent"]["counters"][0]["end"] = 7


def lie_lane(told: dict[str, Any]) -> None:
    told["independent"]["counters"][1]["end"] = 3


def lie_no_difference(told: dict[str, Any]) -> None:
    told["independent"]["differences"] = []


def lie_other_difference(told: dict[str, Any]) -> None:
    told["independent"]["differences"][0]["number"] = -2


def lie_established(told: dict[str, Any]) -> None:
    told["independent"]["established_by"].append("camera:top")


def lie_twice(told: dict[str, Any]) -> None:
    told["independent"]["counters"].append(told["independent"]["counters"][0])


def lie_station(told: dict[str, Any]) -> None:
    told["station"] = 5


LIES: list[Lie] = [
    lie_bounces,
    lie_removed,
    lie_counter,
    lie_lane,
    lie_no_difference,
    lie_other_difference,
    lie_established,
    lie_twice,
    lie_station,
]


def found(station: Path) -> set[str]:
    return {finding.rule for finding in verify_station(station, expected_key=KEY).of(Severity.TAMPERED)}


@pytest.mark.parametrize("lie", LIES)
def test_counts_that_contradict_the_records_or_themselves_are_named(tmp_path: Path, lie: Lie) -> None:
    told = truth()
    lie(told)
    with building(tmp_path / "station") as builder:
        shift(builder, told)
    assert found(tmp_path / "station") == {"COUNT-01"}


def test_a_counter_that_went_back_establishes_nothing(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        gap(builder, 0, 0, "plc")
        shift(builder, truth())
    assert found(tmp_path / "station") == {"COUNT-01"}


def test_a_counter_that_jumps_between_two_shifts_is_named(tmp_path: Path) -> None:
    second = truth(2)
    second["independent"]["counters"][0] |= {"start": 7, "end": 13}
    with building(tmp_path / "station") as builder:
        shift(builder, truth())
        shift(builder, second, number=2)
    assert found(tmp_path / "station") == {"COUNT-02"}


def test_another_counter_begins_where_it_will(tmp_path: Path) -> None:
    second = truth(2)
    second["independent"]["counters"][1] |= {"since": "another", "start": 90, "end": 92}
    second["independent"]["counters"][3] |= {"start": 90, "end": 94, "since": "b1-1"}
    with building(tmp_path / "station") as builder:
        shift(builder, truth())
        shift(builder, second, number=2)
    assert found(tmp_path / "station") == set()


def test_a_seal_with_other_counts_is_named(tmp_path: Path) -> None:
    other = copy.deepcopy(truth()["independent"])
    other["removed_by_hand"] = 2
    for number, seal in enumerate((other, None)):
        with building(tmp_path / f"station{number}") as builder:
            shift(builder, truth(), seal)
        assert found(tmp_path / f"station{number}") == {"COUNT-03"}


def test_a_difference_that_nobody_explained_is_named(tmp_path: Path) -> None:
    with building(tmp_path / "station") as builder:
        shift(builder, {**truth(), "note": ""})
    assert found(tmp_path / "station") == {"COUNT-04"}
