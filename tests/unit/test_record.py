# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON profile against the reference implementation of RFC 8785, and the schema against wrong fields."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import unicodedata

import numpy as np
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import FormatInvalid
from inspector.evidence import record
from inspector.evidence.schema import RECORD_OPTIONAL, RECORD_TYPES
from inspector.evidence.verify import schema as verify_schema
from inspector.evidence.verify.json import Malformed
from tests.unit.evidence_samples import FIELDS, OPTIONAL, envelope

TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: unicodedata.normalize("NFC", text))
KEYS = st.text(st.characters(max_codepoint=127), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_profile_gives_the_bytes_of_rfc_8785(value: dict[str, object]) -> None:
    data = record.canonical(value)
    assert data == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert record.parse_strict(data) == value


@given(st.binary(max_size=200))
def test_parser_lets_only_its_own_error_out_for_bytes(data: bytes) -> None:
    with pytest.raises(FormatInvalid):
        record.parse_strict(b"\xff" + data)
    try:
        record.parse_record(data)
    except FormatInvalid:
        return
    raise AssertionError("random bytes became a record")


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \\u"ab', max_size=60))
def test_parser_lets_only_its_own_error_out_for_near_json(text: str) -> None:
    try:
        value = record.parse_strict(text.encode())
    except FormatInvalid:
        return
    assert record.canonical(value) == text.encode()


@given(st.sampled_from(sorted(FIELDS)), st.data())
def test_mutated_records_are_refused_or_read_without_surprise(kind: str, data: st.DataObject) -> None:
    fields = copy.deepcopy({**envelope(kind), **FIELDS[kind]})
    field = data.draw(st.sampled_from(sorted(fields)))
    fields[field] = data.draw(VALUES)
    try:
        record.build_record(fields)
    except FormatInvalid as error:
        assert field in str(error) or "canonical" in str(error) or "type" in str(error)


def readings(data: bytes) -> tuple[object, object]:
    """What the writer's reading and the verifier's reading make of the same bytes; None for refused."""
    ours: object = None
    theirs: object = None
    with contextlib.suppress(FormatInvalid):
        ours = record.parse_record(data)
    with contextlib.suppress(Malformed):
        theirs = verify_schema.read_record(data)
    return ours, theirs


PATHS = st.lists(st.integers(0, 40), min_size=1, max_size=5)


def edit(value: object, path: list[int], new: object) -> object:
    """Replace something inside: each number picks a key or an index."""
    if not path or not value or not isinstance(value, dict | list):
        return new
    if isinstance(value, list):
        at = path[0] % len(value)
        return [edit(item, path[1:], new) if index == at else item for index, item in enumerate(value)]
    key = sorted(value)[path[0] % len(value)]
    return {name: edit(item, path[1:], new) if name == key else item for name, item in value.items()}


@given(
    st.sampled_from(sorted(FIELDS)),
    PATHS,
    VALUES
    | st.floats()
    | st.sampled_from(["accept", "PASS", "0" * 64, "a" * 16, 2**53, -1, True, "e\u0301", "\ud800"]),
)
@settings(max_examples=400)
def test_two_readings_of_one_contract_agree_on_values(kind: str, path: list[int], new: object) -> None:
    changed = edit({**envelope(kind), **FIELDS[kind]}, path, new)
    text = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    ours, theirs = readings(text.encode("utf-8", "surrogatepass"))
    assert ours == theirs


@given(st.sampled_from(sorted(FIELDS)), st.integers(0, 5000), st.binary(max_size=3), st.integers(0, 2))
@settings(max_examples=400)
def test_two_readings_of_one_contract_agree_on_bytes(kind: str, at: int, piece: bytes, cut: int) -> None:
    data = record.build_record({**envelope(kind), **FIELDS[kind]})
    at %= len(data)
    ours, theirs = readings(data[:at] + piece + data[at + cut :])
    assert ours == theirs


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}\n",
        b" {}",
        b"[]",
        b"1",
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-0}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":"\\u0041"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\xc3"}',
        b'{"a":"\xed\xa0\x80"}',
        '{"a":"e\u0301"}'.encode(),
        '{"é":1}'.encode(),
        b'{"a":' + b"[" * 17 + b"]" * 17 + b"}",
        b'{"a":' * 30_000,
        b'{"a":"' + b"x" * 65_000 + b'"}',
        b'\xef\xbb\xbf{"a":1}',
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(FormatInvalid):
        record.parse_strict(data)
    with pytest.raises(Malformed):
        verify_schema.read_record(data)


@pytest.mark.parametrize("value", [{"a": 0.5}, {"a": b""}, {"a": {1}}, {1: 2}, {"a": 2**53}, {"a": "\ud800"}])
def test_values_outside_the_profile_are_not_encoded(value: dict[str, object]) -> None:
    with pytest.raises(FormatInvalid):
        record.canonical(value)


def test_cleaned_text_always_fits() -> None:
    for text in ("e\u0301", "\ud800 lone", "x" * 5000, "new\nline"):
        record.canonical({"reason": record.clean_text(text)})
    assert len(record.clean_text("x" * 5000)) == 1000


@pytest.mark.parametrize("kind", sorted(RECORD_TYPES))
def test_each_type_has_a_closed_schema(kind: str) -> None:
    good = {**envelope(kind), **FIELDS[kind], **OPTIONAL.get(kind, {})}
    data = record.build_record(good)
    assert record.parse_record(data) == json.loads(data)
    assert record.record_hash(data) == hashlib.sha256(b"\x00" + data).digest()
    with pytest.raises(FormatInvalid, match="extra is not in the schema"):
        record.build_record({**good, "extra": 1})
    if kind in OPTIONAL:
        assert set(OPTIONAL[kind]) == set(RECORD_OPTIONAL[kind])
    for field in good:
        without = {key: value for key, value in good.items() if key != field}
        if field in RECORD_OPTIONAL.get(kind, {}):
            assert record.build_record(without)
        else:
            with pytest.raises(FormatInvalid):
                record.build_record(without)
        with pytest.raises(FormatInvalid):
            record.build_record({**good, field: {"no": "such"}})


def test_unknown_type_is_refused() -> None:
    with pytest.raises(FormatInvalid, match="type"):
        record.build_record({**envelope("state"), "type": "wish", "state": "ready", "reasons": []})


def test_pixel_digest_covers_format_shape_and_pixels() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    expected = hashlib.sha256(b"Mono8 3 4\n" + pixels.tobytes()).hexdigest()
    assert record.pixel_digest("Mono8", pixels.data, 3, 4) == expected
    assert record.pixel_digest("Mono8", pixels.tobytes(), 4, 3) != expected
    colour = np.zeros((2, 2, 3), np.uint8)
    assert record.pixel_digest("RGB8", colour.data, 2, 2) != record.pixel_digest("BGR8", colour.data, 2, 2)
    with pytest.raises(FormatInvalid):
        record.pixel_digest("Mono8", colour.data, 2, 2)
    with pytest.raises(FormatInvalid):
        record.pixel_digest("Mono8", pixels[:, ::2].data, 3, 2)
