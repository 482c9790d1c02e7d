# SPDX-License-Identifier: Apache-2.0
"""What whoever holds the station's key can do to records: chain, seals and receipts are good again."""

from __future__ import annotations

from tests.assets.attacks.history import (
    LINE_BOOT,
    History,
    Json,
)
from tests.assets.attacks.table import attack, changed, lying

BIG = 2**53


def respelled(kind: str, number: int, old: bytes, new: bytes) -> bytes:
    """Bytes of one record are others, and its hash is that of these bytes."""

    def spelled(of: str, at: int, data: bytes) -> bytes:
        if (of, at) != (kind, number):
            return data
        assert old in data
        return data.replace(old, new, 1)

    return changed(spelled=spelled)


@attack("FORMAT-01")
def blank_in_a_record() -> bytes:
    """A record was written with a blank."""
    return respelled("gap", 0, b'{"boot"', b'{ "boot"')


@attack("FORMAT-01")
def duplicate_key_sealed() -> bytes:
    """A record was sealed with a key that stands there twice."""
    return respelled("part", 2, b'"verdict":"FAIL","views"', b'"verdict":"FAIL","verdict":"PASS","views"')


@attack("FORMAT-02")
def float_for_an_integer() -> bytes:
    """A count is written as 2.0."""
    return respelled("gap", 0, b'"count":2', b'"count":2.0')


@attack("FORMAT-01")
def exponent() -> bytes:
    """A count is written as 2e0, another spelling of a number."""
    return respelled("gap", 0, b'"count":2', b'"count":2e0')


@attack("FORMAT-02")
def not_a_number() -> bytes:
    """A count is NaN, which JSON does not have."""
    return respelled("gap", 0, b'"count":2', b'"count":NaN')


@attack("FORMAT-01")
def endless_number() -> bytes:
    """A count has five thousand digits."""
    return respelled("gap", 0, b'"count":2', b'"count":' + b"9" * 5000)


@attack("FORMAT-02")
def number_beyond_2_to_53() -> bytes:
    """A count is 2^53, which other readers would round."""
    return lying("gap", 0, first_plc_count=BIG)


@attack("FORMAT-02")
def true_for_one() -> bytes:
    """A count is `true`, which compares equal to 1 in some languages."""
    return lying("gap", 0, first_plc_count=True)


@attack("FORMAT-01")
def decomposed_letter() -> bytes:
    """A reason is spelled with a combining accent: it looks the same and is another text."""
    return lying("gap", 0, reason="pru\u0308fen")


@attack("FORMAT-01")
def lone_surrogate() -> bytes:
    """A reason holds half of a character."""
    return respelled("gap", 0, b"line process restarted", b"\\ud800")


@attack("FORMAT-01")
def not_utf_8() -> bytes:
    """A reason is in Latin-1."""
    return respelled("gap", 0, b"line process", b"pr\xfcfen")


@attack("FORMAT-01")
def escaped_letter() -> bytes:
    """A letter is written as an escape."""
    return respelled("gap", 0, b"line process", b"\\u006cine process")


@attack("FORMAT-01")
def deep_nesting() -> bytes:
    """A record is nested twenty thousand deep, to break readers."""
    return respelled("gap", 0, b'"count":2', b'"count":' + b"[" * 20_000 + b"]" * 20_000)


@attack("FORMAT-02")
def field_more() -> bytes:
    """A record has a field that nobody knows."""
    return lying("part", 1, approved=True)


@attack("FORMAT-02")
def field_less() -> bytes:
    """A part has no key."""
    return changed(record=lambda kind, number, fields: fields.pop("salt") if (kind, number) == ("gap", 0) else None)


@attack("FORMAT-02")
def unknown_type() -> bytes:
    """A record has a type that nobody knows."""
    return lying("gap", 0, type="gap2")


@attack("FORMAT-02")
def look_alike_verdict() -> bytes:
    """The verdict PASS is spelled with a Greek letter."""
    return lying("part", 2, verdict="\u03a1ASS")


@attack("FORMAT-03")
def record_of_another_station() -> bytes:
    """One record was taken over from another station."""
    return lying("gap", 0, station="line-5")


@attack("CHAIN-01", "record 1")
def history_before_the_first() -> bytes:
    """The first record names one before: the beginning was cut off."""
    return lying("station-start", 0, prev="a" * 64)


@attack("CHAIN-03")
def number_skipped() -> bytes:
    """One record was numbered one too high."""
    return lying("gap", 0, seq=lambda old: old + 1)


@attack("CHAIN-04")
def record_of_the_next_shift() -> bytes:
    """A record says that it belongs to the next shift."""
    return lying("gap", 0, shift=2)


@attack("PART-01")
def outcome_without_part() -> bytes:
    """An outcome names a part that has no record."""
    return lying("outcome", 2, part="a" * 64)


@attack("PART-02")
def two_parts_one_key() -> bytes:
    """Two part records have the key of one trigger: a second, better judgement."""
    key = {"line_boot": LINE_BOOT, "part_seq": 2}

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 2):
            fields["key"] = key

    return changed(record=change, skip=frozenset({("outcome", 2)}))


@attack("PART-03")
def reject_accepted() -> bytes:
    """The line let a FAIL pass."""
    return lying("outcome", 2, commanded="accept", reason="operator said so")


@attack("PART-04")
def two_outcomes() -> bytes:
    """A part has a second outcome."""
    first: list[Json] = []

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("outcome", 1):
            first.append(fields)

    def again(history: History) -> None:
        copy = {name: first[0][name] for name in ("key", "part", "commanded", "confirmed", "reason")}
        history.record("outcome", **copy)

    return changed(record=change, steps={"before close": again})


@attack("PART-07")
def two_gaps_one_key() -> bytes:
    """A gap is counted twice, to make the numbers fit."""

    def again(history: History) -> None:
        key = {"line_boot": LINE_BOOT, "gap_seq": 1}
        history.record("gap", key=key, first_plc_count=70, count=1, source="plc", reason="again")

    return changed(steps={"before close": again})


@attack("PART-08")
def pass_without_image() -> bytes:
    """A part passed, and there is no picture of it."""
    return changed(
        record=lambda kind, number, fields: (
            fields["views"][0].update(image=None) if (kind, number) == ("part", 1) else None
        ),
        skip=frozenset({("image-stored", 1)}),
    )


@attack("PART-08")
def pass_against_the_view() -> bytes:
    """A part passed although its view says FAIL."""
    return changed(
        record=lambda kind, number, fields: (
            fields["views"][0].update(verdict="FAIL") if (kind, number) == ("part", 1) else None
        )
    )


@attack("PART-08")
def pass_with_one_view_less() -> bytes:
    """A part passed without a view of the shift's second camera."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-open", 0):
            fields["cameras"] = [*fields["cameras"], {**fields["cameras"][0], "name": "side"}]

    return changed(record=change)


@attack("IMAGE-02")
def image_never_stored() -> bytes:
    """A reject has a picture, and nothing says that it was stored or lost."""
    return changed(skip=frozenset({("image-stored", 2)}))


@attack("IMAGE-03")
def image_stored_twice() -> bytes:
    """The picture of a part is stored twice: the second could be of anything."""
    first: list[Json] = []

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("image-stored", 1):
            first.append(fields)

    def again(history: History) -> None:
        names = ("part", "camera", "image_digest", "file_sha256", "size", "codec")
        history.record("image-stored", **{name: first[0][name] for name in names})

    return changed(record=change, steps={"before close": again})


@attack("IMAGE-03")
def image_of_another_part() -> bytes:
    """An image-stored record names another part's picture."""
    return lying("image-stored", 2, part="b" * 64)
