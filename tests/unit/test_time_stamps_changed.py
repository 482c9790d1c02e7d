# SPDX-License-Identifier: AGPL-3.0-or-later
"""Time stamps that were changed, by bits, bytes and elements, and certificates that are wrong: none is taken."""

from __future__ import annotations

import random
import warnings

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.timestamp import check_token
from tests.assets.attacks.tokens import POLICY, Authority, number, tlv
from tests.unit.test_time_stamps import DIGEST, T_US, TSA, checked

TOKEN = TSA.stamp(DIGEST, T_US, certificates=(TSA.signer, TSA.issuer))


@pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.long)])
def test_no_bit_can_be_changed(step: int) -> None:
    """Whatever bit of the token or of a certificate in it that leads to the root is changed: it is refused."""
    for at in range(0, len(TOKEN) * 8, step):
        changed = bytearray(TOKEN)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(EvidenceError):
            checked(bytes(changed))


def test_no_byte_can_be_missing_or_too_many() -> None:
    for at in range(len(TOKEN)):
        for changed in (TOKEN[:at], TOKEN[:at] + TOKEN[at + 1 :], TOKEN[:at] + b"\0" + TOKEN[at:]):
            with pytest.raises(EvidenceError):
                checked(changed)
    with pytest.raises(FormatInvalid):
        check_token(TOKEN + b"\0", DIGEST)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(TOKEN)), st.integers(0, 60))
@example(b"\x30\x80", 0, 2)
@example(b"\x30\x84\xff\xff\xff\xff", 0, 6)
def test_any_bytes_anywhere(new: bytes, at: int, gone: int) -> None:
    changed = TOKEN[:at] + new + TOKEN[at + gone :]
    if changed != TOKEN:
        with pytest.raises(EvidenceError):
            checked(changed)
    with pytest.raises(EvidenceError):
        check_token(new, DIGEST)


def test_longer_spellings_are_refused() -> None:
    """DER has one spelling for each value: a length in more bytes than it needs is another token for the same time."""
    body = TOKEN[4:]
    assert tlv(0x30, body) == TOKEN
    with pytest.raises(FormatInvalid):
        check_token(b"\x30\x83\x00" + len(body).to_bytes(2, "big") + body, DIGEST)
    with pytest.raises(FormatInvalid, match="BER"):
        check_token(b"\x30\x80" + body + b"\0\0", DIGEST)
    zero_padded = TOKEN.replace(number(4711), b"\x02\x03\x00" + (4711).to_bytes(2, "big"))
    assert zero_padded != TOKEN
    with pytest.raises(FormatInvalid):
        check_token(zero_padded, DIGEST)


def elements(data: bytes, start: int = 0, end: int | None = None) -> list[tuple[int, int, int]]:
    """Every element of some DER, also inside others: where its tag, its content and its end are."""
    found, at, end = [], start, len(data) if end is None else end
    while at < end:
        size, body = data[at + 1], at + 2
        if size > 127:
            body, size = body + size - 128, int.from_bytes(data[body : body + size - 128], "big")
        found.append((at, body, body + size))
        if data[at] & 0x20:
            found += elements(data, body, body + size)
        at = body + size
    return found


def replaced(data: bytes, element: tuple[int, int, int], new: bytes) -> bytes:
    """The same DER with another element, all lengths around it in order again."""
    start, _, end = element
    around = [one for one in elements(data) if one[1] <= start and end <= one[2] and one != element]
    piece = new
    for at, body, stop in sorted(around, key=lambda one: one[2] - one[0]):
        piece = tlv(data[at], data[body:start] + piece + data[end:stop])
        start, end = at, stop
    return data[:start] + piece + data[end:]


ELEMENTS = elements(TOKEN)
NEW_TAGS = [*range(1, 32), *range(0x30, 0x38), *range(0x80, 0x84), *range(0xA0, 0xA6)]


def test_der_is_taken_apart_and_put_together_again() -> None:
    assert len(ELEMENTS) > 100
    for element in ELEMENTS:
        assert replaced(TOKEN, element, TOKEN[element[0] : element[2]]) == TOKEN


def otherwise(moments: random.Random, data: bytes, parts: list[tuple[int, int, int]]) -> bytes:
    """The same DER with one element changed, exchanged, doubled or gone."""
    at, body, end = element = moments.choice(parts)
    content = bytearray(data[body:end])
    if content and moments.random() < 0.5:
        content[moments.randrange(len(content))] = moments.randrange(256)
    other = moments.choice(parts)
    new = (
        tlv(data[at], bytes(content)),
        tlv(moments.choice(NEW_TAGS), bytes(content)),
        tlv(data[at], moments.randbytes(moments.randrange(20))),
        data[other[0] : other[2]],
        data[at:end] * 2,
        b"",
    )
    return replaced(data, element, moments.choice(new))


LONG = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.mark.parametrize("runs", [700, pytest.param(200_000, marks=LONG)])
def test_well_formed_der_that_says_other_things(runs: int) -> None:
    """Other values, types and elements in good DER get as far as the libraries: refused, and nothing breaks."""
    moments = random.Random(3161)
    for _ in range(runs):
        data = otherwise(moments, TOKEN, ELEMENTS)
        try:
            stamp = checked(data)
        except EvidenceError:
            continue
        assert (stamp.t_us, stamp.signer, stamp.policy) == (T_US, TSA.signer, POLICY), data.hex()


@pytest.mark.parametrize("runs", [300, pytest.param(50_000, marks=LONG)])
def test_certificates_of_all_kinds_of_wrong(runs: int) -> None:
    """An authority of the attacker's own, with good signatures over whatever certificate it likes to have."""
    moments = random.Random(5280)
    data, tsa = TSA.signer.public_bytes(Encoding.DER), Authority()
    parts, stamped = elements(data), 0
    for _ in range(runs):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tsa.signer = x509.load_der_x509_certificate(otherwise(moments, data, parts))
                token = tsa.stamp(DIGEST, T_US)
            except (ValueError, TypeError, x509.InvalidVersion):
                continue
        stamped += tsa.signer != TSA.signer
        if tsa.signer != TSA.signer:
            with pytest.raises(EvidenceError):
                checked(token)
    assert stamped > runs // 10


def test_a_name_that_cannot_be() -> None:
    """A name of bits in a certificate was a TypeError of the library once."""
    element = next(one for one in ELEMENTS if TOKEN[one[0] : one[2]] == tlv(0x0C, b"tsa issuer"))
    with pytest.raises(EvidenceError):
        checked(replaced(TOKEN, element, tlv(3, b"\0tsa issuer")))
