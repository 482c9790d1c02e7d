# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a shadow run: read back as it was written, and refused where it says what cannot be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import ShadowRefused
from training.evaluation.counts import Counts
from training.shadow.result import MAX_SHADOW_BYTES, ShadowResult, parse_shadow, read_shadow
from training.shadow.reviews import Side, side
from training.shadow.verdicts import Kind

H1, H2, H3 = "1" * 64, "2" * 64, "3" * 64


def document(**changes: Any) -> dict[str, Any]:
    """A run of 100 parts: 99 compared, 2 of them differ."""
    difference = {
        "record": 17,
        "hash": H3,
        "t_us": 5,
        "serial": "P1",
        "kind": "only-released-rejects",
        "released": {"verdict": "FAIL", "reason": "red 0.98"},
        "candidate": {"verdict": "PASS", "reason": "no finding above the limits"},
        "review": "released",
    }
    other = {
        **difference,
        "record": 18,
        "kind": "only-candidate-rejects",
        "released": difference["candidate"],
        "candidate": difference["released"],
        "review": None,
    }
    rules = {"model": H1, "recipe": H2, "model_name": "disc 1", "recipe_name": ""}
    made: dict[str, Any] = {
        "format": "inspector-shadow/1",
        "software": "0.1",
        "made_us": 9,
        "station": "st1",
        "follow": True,
        "ended": "parts",
        "behind": 1,
        "candidate": rules,
        "released": {**rules, "model": H3},
        "first_record": 3,
        "last_record": 400,
        "first_us": 4,
        "last_us": 8,
        "parts": 100,
        "compared": 99,
        "both_pass": 90,
        "both_reject": 7,
        "only_released_rejects": 1,
        "only_candidate_rejects": 1,
        "not_comparable": {"lost": 1},
        "candidate_errors": 0,
        "elsewhere": {"LATE": 2},
        "test_parts": 5,
        "other_rules": [{"model": H2, "recipe": H2, "parts": 4, "first_record": 1, "last_record": 2}],
        "more_other_rules": 0,
        "differing": Counts(2, 99).as_json(),
        "passed_by_candidate_only": Counts(1, 99).as_json(),
        "rejected_by_candidate_only": Counts(1, 99).as_json(),
        "reviewed": {"released": 1, "candidate": 0, "both": 3, "neither": 0, "undecided": 0},
        "classes": {"red": {"released": 8, "candidate": 8, "both": 7}},
        "times": {
            "pictures": 99,
            "p50_us": 1,
            "p99_us": 2,
            "longest_us": 3,
            "backend": "openvino",
            "threads": 1,
            "machine": "a processor",
        },
        "differences": [difference, other],
    }
    return made | changes


def parse(fields: dict[str, Any]) -> ShadowResult:
    return parse_shadow(json.dumps(fields).encode(), "shadow.json")


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    result = parse(document())
    assert result.model_dump(mode="json") == document()
    (tmp_path / "shadow.json").write_bytes(result.encode())
    assert read_shadow(tmp_path / "shadow.json") == result
    assert result.differ == 2
    with pytest.raises(ShadowRefused, match="cannot be read"):
        read_shadow(tmp_path / "another.json")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"format": "inspector-shadow/2"}, "format"),
        ({"note": "we are sure"}, "note"),
        ({"both_pass": 91}, "contradict"),
        ({"parts": 101}, "contradict"),
        ({"compared": 100}, "contradict"),
        ({"only_released_rejects": 0, "both_pass": 91}, "bounds are of other counts"),
        ({"differing": {**Counts(2, 99).as_json(), "upper_95_ppm": 10}}, "not the bounds"),
        ({"differing": Counts(2, 98).as_json()}, "bounds are of other counts"),
        ({"differing": {**Counts(2, 2).as_json(), "errors": 3}}, "impossible"),
        ({"differences": document()["differences"][:1]}, "1 differing parts are listed"),
        (
            {"differences": [{**document()["differences"][0], "kind": "both-pass"}] * 2},
            "the verdicts are not both-pass",
        ),
        ({"candidate_errors": 100}, "contradict"),
        ({"elsewhere": {"LATE": 100}}, "contradict"),
        ({"elsewhere": {"MAYBE": 1}}, "elsewhere"),
        ({"not_comparable": {"lazy": 1}}, "not_comparable"),
        ({"reviewed": {**document()["reviewed"], "both": 99}}, "contradict"),
        ({"first_record": 0}, "contradict"),
        ({"last_record": 2}, "before the first"),
        ({"classes": {"red": {"released": 1, "candidate": 1, "both": 2}}}, "more than one of them"),
        ({"behind": -1}, "behind"),
        ({"behind": 1.5}, "behind"),
        ({"follow": 1}, "follow"),
        ({"station": "x" * 201}, "station"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ShadowRefused, match=why):
        parse(document(**changes))


def test_what_is_no_such_file_is_refused() -> None:
    for data in (b"", b"[]", b"\xff", b"[" * 100_000, b'{"format": 1, "format": 2}', b" " * (MAX_SHADOW_BYTES + 1)):
        with pytest.raises(ShadowRefused):
            parse_shadow(data, "shadow.json")


def test_the_largest_file_can_be_read_back() -> None:
    """500 differing parts with the longest reasons of the widest characters, and as many classes."""
    one = document()["differences"][0]
    told = {"verdict": "FAIL", "reason": "\U0001f4a5" * 1000}
    passed = {"verdict": "PASS", "reason": "\U0001f4a5" * 1000}
    differences = [{**one, "serial": "\U0001f4a5" * 200, "released": told, "candidate": passed}] * 500
    classes = {
        f"{number:03d}" + "\U0001f4a5" * 197: {"released": 1, "candidate": 1, "both": 1} for number in range(500)
    }
    fields = document(
        parts=600,
        compared=600,
        both_pass=0,
        both_reject=0,
        only_released_rejects=600,
        only_candidate_rejects=0,
        not_comparable={},
        differing=Counts(600, 600).as_json(),
        passed_by_candidate_only=Counts(600, 600).as_json(),
        rejected_by_candidate_only=Counts(0, 600).as_json(),
        differences=differences,
        classes=classes,
    )
    result = ShadowResult.model_validate_json(json.dumps(fields))
    assert parse_shadow(result.encode(), "shadow.json") == result


def test_whose_side_a_review_takes() -> None:
    both_pass, both_reject, only_released, only_candidate = Kind
    assert [side(kind, True) for kind in Kind] == [Side.NEITHER, Side.BOTH, Side.RELEASED, Side.CANDIDATE]
    assert [side(kind, False) for kind in Kind] == [Side.BOTH, Side.NEITHER, Side.CANDIDATE, Side.RELEASED]
    assert {side(kind, None) for kind in Kind} == {Side.UNDECIDED}
    assert (both_pass.differs, both_reject.differs, only_released.differs, only_candidate.differs) == (
        False,
        False,
        True,
        True,
    )
