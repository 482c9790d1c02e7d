# SPDX-License-Identifier: AGPL-3.0-or-later
"""Permits of a bypass: one spelling, closed ranges, the right key, and the commands that make them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.cli.main import main
from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.keys import SigningKey, read_public_key
from inspector.evidence.permit import MAX_DOCUMENT, Permit, Scope, open_permit, parse_permit, sign_permit

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
T_US = 1_790_000_000_000_000
PERMIT = Permit("line-4", T_US, T_US + 3_600_000_000, Scope.NO_VERDICT, 60, "0a" * 16, "Kim, QA", "lamp broken")
TEXT = """inspector/bypass-permit/v1
station line-4
not-before 2026-09-21T14:13:20Z
not-after 2026-09-21T15:13:20Z
scope no-verdict
parts 60
nonce 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
by Kim, QA
reason lamp broken
"""


def test_a_permit_is_text_that_people_can_read() -> None:
    assert PERMIT.text() == TEXT
    assert parse_permit(TEXT) == PERMIT


def test_only_the_right_key_opens_it() -> None:
    note = sign_permit(PERMIT, KEY).encode()
    assert open_permit(note, [OTHER.public_key, KEY.public_key]) == (PERMIT, KEY.public_key)
    for keys in ([], [OTHER.public_key]):
        with pytest.raises(SignatureInvalid):
            open_permit(note, keys)
    with pytest.raises((FormatInvalid, SignatureInvalid)):
        open_permit(note.replace(b"parts 60", b"parts 61"), [KEY.public_key])
    with pytest.raises(FormatInvalid):
        open_permit(b"x" * (MAX_DOCUMENT + 1), [KEY.public_key])


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("/v1", "/v2"),
        ("station line-4", "station line 4"),
        ("2026-09-21T15:13:20Z", "2026-09-21T22:13:21Z"),
        ("2026-09-21T15:13:20Z", "2026-09-21T14:13:20Z"),
        ("2026-09-21T15:13:20Z", "2026-09-21T15:13:61Z"),
        ("2026-09-21T15:13:20Z", "2026-9-21T15:13:20Z"),
        ("scope no-verdict", "scope none"),
        ("parts 60", "parts 0"),
        ("parts 60", "parts 060"),
        ("parts 60", "parts 1000001"),
        ("0a0a0a", "0A0a0a"),
        ("by Kim, QA\n", "by \n"),
        ("reason lamp broken", "reason " + "x" * 501),
        ("reason lamp broken\n", "reason lamp broken\nreason again\n"),
        ("by Kim, QA\nreason lamp broken\n", "reason lamp broken\nby Kim, QA\n"),
    ],
)
def test_any_other_text_is_refused(was: str, becomes: str) -> None:
    assert was in TEXT
    with pytest.raises(FormatInvalid):
        parse_permit(TEXT.replace(was, becomes, 1))


@given(st.text(max_size=400))
def test_no_text_breaks_the_reader(text: str) -> None:
    for attempt in (text, TEXT[: len(text)] + text):
        try:
            assert parse_permit(attempt).text() == attempt
        except FormatInvalid:
            pass


def test_a_permit_that_cannot_be_read_back_is_not_signed() -> None:
    for wrong in (replace(PERMIT, by="two\nlines"), replace(PERMIT, parts=0), replace(PERMIT, not_after_us=T_US)):
        with pytest.raises(FormatInvalid):
            sign_permit(wrong, KEY)


def test_quality_makes_key_and_permit_without_a_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("a passphrase of quality\n")
    key, out = tmp_path / "qa.key", tmp_path / "permit.txt"
    assert main(["bypass", "keygen", str(key), "--passphrase-file", str(secret)]) == 0
    assert b"ENCRYPTED" in key.read_bytes()
    order = ["bypass", "authorise", "--key", str(key), "--passphrase-file", str(secret), "--station", "line-4"]
    order += ["--minutes", "30", "--parts", "12", "--reason", "lamp broken", "--by", "Kim", "-o", str(out), "--json"]
    capsys.readouterr()
    assert main(order) == 0
    told = json.loads(capsys.readouterr().out)
    permit, _ = open_permit(out.read_bytes(), [read_public_key(tmp_path / "qa.key.pub")])
    assert (permit.station, permit.parts, permit.scope) == ("line-4", 12, Scope.NO_VERDICT)
    assert permit.not_after_us - permit.not_before_us == 30 * 60_000_000
    assert permit.nonce == told["nonce"]
    assert main(order) == 3, "a permit is never overwritten"
    assert main([*order[:-2], str(tmp_path / "other.txt"), "--minutes", "481"]) == 3, "longer than a shift"
    assert main(["bypass", "keygen", str(key), "--passphrase-file", str(secret)]) == 3, "a key is never overwritten"
