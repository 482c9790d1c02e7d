# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a baseline, as written and as anybody may have changed it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import DriftRefused
from tests.drift_station import World, records
from training.drift.baseline import MAX_BASELINE_BYTES, Baseline
from training.drift.make import BaselineMaker
from training.drift.parts import part_of


def _made() -> Baseline:
    maker = BaselineMaker()
    for record in records(World(), 600, random.Random(1)):
        maker.add(part_of(record))
    return maker.finish()


MADE = _made()
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def test_a_file_is_read_as_it_was_written() -> None:
    assert Baseline.parse(MADE.encode(), "file") == MADE
    assert Baseline.parse(MADE.encode(), "file").encode() == MADE.encode()


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, one in inner for place in places(one, (*path, key))]


PLACES = places(json.loads(MADE.encode()))


@settings(max_examples=50)
@given(place=st.sampled_from(PLACES), value=JSON_VALUES)
def test_a_changed_file_is_refused_or_read_as_it_stands(place: tuple[Any, ...], value: Any) -> None:
    document = json.loads(MADE.encode())
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    try:
        read = Baseline.parse(json.dumps(document).encode(), "file")
    except DriftRefused as error:
        assert error.message.startswith("file is no baseline")
        assert error.advice
    else:
        assert json.loads(read.encode()) == document


@given(data=st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(DriftRefused):
        Baseline.parse(data, "file")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(kind="other"), "kind"),
        (lambda one: one.update(v=2), "v"),
        (lambda one: one.update(more=1), "more"),
        (lambda one: one.update(rejected=one["parts"] + 1), "more parts were rejected"),
        (lambda one: one.update(last_record=1), "records do not hold"),
        (lambda one: one["cameras"].append(one["cameras"][0]), "sorted by name"),
        (lambda one: one["cameras"][0]["brightness"]["edges"].reverse(), "do not rise"),
        (lambda one: one["cameras"][0]["brightness"]["counts"].append(0), "do not fit"),
        (lambda one: one["cameras"][0]["classes"].update(nothing=0), "contradict"),
        (
            lambda one: one["cameras"][0]["score"].update(counts=[0] * len(one["cameras"][0]["score"]["counts"])),
            "fewer",
        ),
    ],
    ids=["kind", "version", "unknown", "rejects", "span", "cameras", "edges", "counts", "classes", "few"],
)
def test_contradictions_are_told(change: Any, words: str) -> None:
    document = json.loads(MADE.encode())
    change(document)
    with pytest.raises(DriftRefused, match=words):
        Baseline.parse(json.dumps(document).encode(), "file")


def test_a_key_twice_a_number_that_is_none_and_a_huge_file_are_refused() -> None:
    text = MADE.encode().decode()
    with pytest.raises(DriftRefused, match="twice"):
        Baseline.parse(text.replace('"v": 1', '"v": 1, "v": 1').encode(), "file")
    with pytest.raises(DriftRefused, match="NaN"):
        Baseline.parse(text.replace('"v": 1', '"v": NaN').encode(), "file")
    with pytest.raises(DriftRefused, match="bytes"):
        Baseline.parse(b" " * (MAX_BASELINE_BYTES + 1), "file")
