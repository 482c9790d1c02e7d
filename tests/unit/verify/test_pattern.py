# SPDX-License-Identifier: AGPL-3.0-or-later
"""The short way through records accepts nothing that the thorough way refuses, and reads the same."""

from __future__ import annotations

import json
import re
import string
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspector.evidence.verify import schema as verify_schema
from inspector.evidence.verify.json import Each, Malformed, Maybe, Open, Optional, Whole, Words, compiled, read_json
from inspector.evidence.verify.pattern import spelling
from inspector.evidence.verify.schema import ENVELOPE, RECORDS, read_record
from tests.unit.evidence_samples import FIELDS, envelope

SAMPLES = {kind: {**envelope(kind), **fields} for kind, fields in FIELDS.items()}
WITHOUT_PATTERN = {"station-start"}
"""Types with an object of free keys."""


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def thorough(data: bytes) -> dict[str, Any] | None:
    try:
        return read_record(data)
    except Malformed:
        return None


def short(data: bytes, kind: str) -> dict[str, Any] | None:
    """What the pattern lets through, with nothing to fall back on."""
    way, verify_schema._shaped = verify_schema._shaped, lambda *_: None  # type: ignore[assignment,return-value]
    try:
        return read_record(data, kind)
    finally:
        verify_schema._shaped = way


def agree(data: bytes, kind: str) -> bool:
    """Whether the short way let it through; then the thorough one must have read the same."""
    found = short(data, kind)
    if found is None:
        return False
    assert found == thorough(data), data
    assert canonical(found) == data
    return True


def values(shape: object) -> st.SearchStrategy[Any]:
    """Values that fit a shape, its limits among them."""
    if isinstance(shape, dict):
        needed = {name: values(wanted) for name, wanted in shape.items() if not isinstance(wanted, Optional)}
        extra = {name: values(wanted.shape) for name, wanted in shape.items() if isinstance(wanted, Optional)}
        return st.fixed_dictionaries(needed, optional=extra)
    if isinstance(shape, re.Pattern):
        return st.from_regex(shape, fullmatch=True)
    if isinstance(shape, set | frozenset):
        return st.sampled_from(sorted(shape))
    if isinstance(shape, Whole):
        edges = {shape.low, shape.high, max(shape.low, 10**15 - 1) if shape.high > 10**15 else shape.low}
        return st.integers(shape.low, shape.high) | st.sampled_from(sorted(edges))
    if isinstance(shape, Words):
        letters = st.characters(codec="utf-8") | st.sampled_from('"\\\n\x7f\u0301é\u2028\U0001f4a9')
        edge = st.just("x" * shape.high) | st.just("x" * shape.low)
        return st.text(letters, min_size=shape.low, max_size=min(shape.high, 20)) | edge
    if isinstance(shape, Maybe):
        return st.none() | values(shape.shape)
    if isinstance(shape, Each):
        return st.lists(values(shape.shape), min_size=shape.low, max_size=min(shape.high, max(shape.low, 3)))
    if isinstance(shape, Open):
        return st.dictionaries(st.text(string.ascii_letters, max_size=5), values(shape.shape), max_size=2)
    return st.booleans()


RECORD = st.sampled_from(sorted(RECORDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), values({"type": {kind}, **ENVELOPE, **RECORDS[kind]}))
)


@pytest.mark.parametrize("kind", sorted(set(SAMPLES) - WITHOUT_PATTERN - {"receipt"}))
def test_ordinary_records_go_the_short_way(kind: str) -> None:
    assert agree(canonical(SAMPLES[kind]), kind)


def test_text_of_other_languages_goes_the_short_way() -> None:
    assert agree(canonical({**SAMPLES["outcome"], "reason": "\u0301 Kratzer auf Fläche, 傷 🔍"}), "outcome")


def test_only_free_keys_have_no_pattern() -> None:
    assert {kind for kind, pattern in verify_schema._RECORD_SPELLINGS.items() if pattern is None} == WITHOUT_PATTERN


@settings(max_examples=80, deadline=None)
@given(RECORD)
def test_what_fits_the_shape_is_read_the_same_both_ways(case: tuple[str, dict[str, Any]]) -> None:
    kind, record = case
    agree(canonical(record), kind)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_byte_of_a_record_changed(kind: str) -> None:
    """Each byte removed, doubled, and replaced by those that mean something in JSON."""
    data = canonical(SAMPLES[kind])
    for at in range(len(data)):
        for other in b"\x00\x1f \"'+,-.0159:AEFaefnu[\\]{}\x7f\x80\xc3\xff":
            agree(data[:at] + bytes([other]) + data[at + 1 :], kind)
        agree(data[:at] + data[at + 1 :], kind)
        agree(data[: at + 1] + data[at:], kind)
        agree(data[:at] + b" " + data[at:], kind)


@settings(max_examples=80, deadline=None)
@given(RECORD, st.data())
def test_any_change_of_any_record(case: tuple[str, dict[str, Any]], more: st.DataObject) -> None:
    kind, record = case
    data = canonical(record)
    start = more.draw(st.integers(0, len(data)))
    end = more.draw(st.integers(start, min(len(data), start + 8)))
    piece = more.draw(st.binary(max_size=6) | st.text(max_size=4).map(lambda text: text.encode("utf-8")))
    agree(data[:start] + piece + data[end:], kind)


@pytest.mark.parametrize(
    "reason",
    [
        "u\u0308",  # not in normal form C
        "a\ud800b",  # lone surrogate
        "tab\t",
        "\x00",
    ],
)
def test_text_that_needs_a_look_goes_the_thorough_way(reason: str) -> None:
    assert short(canonical({**SAMPLES["outcome"], "reason": reason}), "outcome") is None


def test_bytes_that_are_no_utf8_go_the_thorough_way() -> None:
    data = canonical(SAMPLES["outcome"]).replace(b'"FAIL"', b'"F\xc3\xffL"')
    assert short(data, "outcome") is None
    assert thorough(data) is None


def test_too_many_bytes_go_the_thorough_way() -> None:
    record = {**SAMPLES["state"], "reasons": ["é" * 1000] * 32}
    assert 60_000 < len(canonical(record)) < 65_000
    assert agree(canonical(record), "state")
    longer = {**SAMPLES["state"], "reasons": ["\u3042" * 1000] * 32}
    assert short(canonical(longer), "state") is None
    assert thorough(canonical(longer)) is None


@pytest.mark.parametrize("kind", ["", "part", "seal", None, 7, b"outcome"])
def test_a_wrong_type_beside_the_bytes_changes_nothing(kind: object) -> None:
    data = canonical(SAMPLES["outcome"])
    assert read_record(data, kind) == thorough(data)


SMALL = st.deferred(
    lambda: st.one_of(
        st.integers(-30, 1).flatmap(lambda low: st.integers(max(low, 0) + 20, 2000).map(lambda high: Whole(low, high))),
        st.just(Whole(5, 5)),
        st.integers(0, 3).map(lambda low: Words(4, low)),
        st.sampled_from([re.compile("[0-9a-f]{2}"), re.compile("[A-Z.-]{1,3}"), {"ab", "abc"}, {'"', "\\"}, bool]),
        SMALL.map(Maybe),
        st.tuples(SMALL, st.integers(0, 2)).map(lambda pair: Each(pair[0], 3, pair[1])),
        st.dictionaries(st.sampled_from("abcd"), SMALL | SMALL.map(Optional), max_size=4),
    )
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), SMALL | SMALL.map(Optional), max_size=5), st.data())
@example({"a": Optional(bool), "b": Optional(bool), "c": bool}, None)
def test_any_shape(shape: dict[str, object], more: st.DataObject | None) -> None:
    """Not only those of today: the pattern of a shape lets through what the test of the shape does, and no more."""
    pattern = spelling(shape)
    if pattern is None:
        return
    if more is None:
        for text in ('{"c":true}', '{"a":true,"c":true}', '{"a":true,"b":false,"c":true}', '{"b":true,"c":true}'):
            assert pattern.fullmatch(text)
        assert not pattern.fullmatch('{"b":true,"a":true,"c":true}')
        return
    data = canonical(more.draw(values(shape)))
    text = data.decode("utf-8", "replace")
    at = more.draw(st.integers(0, len(text)))
    for changed in (text, text[:at] + more.draw(st.text(max_size=2)) + text[at + more.draw(st.integers(0, 2)) :]):
        if pattern.fullmatch(changed) and changed.isascii():
            assert compiled(shape)(read_json(changed.encode())) is None


def test_hostile_text_costs_no_more_time_than_good_text() -> None:
    """What tried again would need 2 ** 320 steps before it gave up at the last byte."""
    view = SAMPLES["part"]["views"][0]
    many = {**view, "detections": [{"box_16": [1, 2, 3, 4], "class": "a" * 90, "score_ppm": 9}] * 20}
    data = canonical({**SAMPLES["part"], "views": [many] * 16})
    assert agree(data, "part")
    assert short(data[:-1] + b"]", "part") is None
