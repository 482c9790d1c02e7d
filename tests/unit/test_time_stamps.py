# SPDX-License-Identifier: AGPL-3.0-or-later
"""RFC 3161 tokens: what is taken, what is refused, and that no bit of one can be changed."""

from __future__ import annotations

import hashlib
import random
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inspector.errors import EvidenceError, FormatInvalid, ProofInvalid, SignatureInvalid
from inspector.evidence.timestamp import MAX_STAMP, TimeStamp, check_stamp, check_token, format_stamp, parse_stamp
from inspector.evidence.tsa_roots import TsaRoots, not_in, read_certificates
from tests.assets.attacks.tokens import BORN, DEAD, POLICY, Authority, Flaws, certificate, ec_key, number, tlv

DATA = b"a seal and its signature"
DIGEST = hashlib.sha256(DATA).digest()
T_US = 1_790_000_000_000_000
TSA = Authority()
ROOTS = TsaRoots([TSA.root])
STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


def checked(token: bytes, roots: TsaRoots = ROOTS) -> TimeStamp:
    stamp = check_token(token, DIGEST)
    roots.path(stamp)
    return stamp


def unusual(value: object) -> str | None:
    """What is not as usual, as the name of a test."""
    if not isinstance(value, Flaws):
        return None
    there = ((one.name, getattr(value, one.name)) for one in fields(Flaws) if getattr(value, one.name) != one.default)
    return " ".join(f"{name} {what}" for name, what in there)


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def test_what_a_token_says() -> None:
    stamp = checked(TSA.stamp(DIGEST, T_US + 250_000, Flaws(nonce=2**64)))
    assert (stamp.t_us, stamp.accuracy_us, stamp.before_us) == (T_US + 250_000, 1_000_000, T_US + 1_250_000)
    assert (stamp.policy, stamp.nonce, stamp.signer) == (POLICY, 2**64, TSA.signer)
    assert checked(TSA.stamp(DIGEST, T_US, Flaws(nonce=None, accuracy_s=None))).before_us == T_US
    assert ROOTS.path(stamp) == [TSA.signer, TSA.issuer, TSA.root]


@pytest.mark.parametrize(
    ("time", "more_us"),
    [("", 0), (".5", 500_000), (".190", 190_000), (".000001", 1), (".0000011", 2), (".999999999", 1_000_000)],
)
def test_fractions_of_seconds(time: str, more_us: int) -> None:
    """Many authorities write three digits, also where the last one is zero."""
    assert checked(TSA.stamp(DIGEST, 0, Flaws(time=f"20260921141320{time}Z"))).t_us == T_US + more_us


@pytest.mark.parametrize("padding", ["pkcs1", "rsa", "pss"])
@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_rsa(padding: str, hash_name: str) -> None:
    tsa = Authority("rsa", rsa_key(2048))
    token = tsa.stamp(DIGEST, T_US, Flaws(padding=padding, hash_name=hash_name))
    assert checked(token, TsaRoots([tsa.root])).signer == tsa.signer
    at = token.rindex(b"\x04\x82\x01\x00") + 9
    with pytest.raises(SignatureInvalid, match="signature of the time stamp"):
        check_token(token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :], DIGEST)


@pytest.mark.parametrize(
    "flaws",
    [
        Flaws(hash_name="sha384"),
        Flaws(hash_name="sha512", ess=("sha512",)),
        Flaws(ess=("v1",)),
        Flaws(ess=("v1", "sha256")),
        Flaws(sorted_certificates=False),
        Flaws(attribute_certificate=True),
    ],
    ids=unusual,
)
def test_other_authorities_are_taken_too(flaws: Flaws) -> None:
    assert checked(TSA.stamp(DIGEST, T_US, flaws)).signer == TSA.signer


@pytest.mark.parametrize(
    ("flaws", "error"),
    [
        (Flaws(hash_name="sha1"), FormatInvalid),
        (Flaws(imprint_hash="sha512"), ProofInvalid),
        (Flaws(ess=()), FormatInvalid),
        (Flaws(ess=("sha256", "sha384")), FormatInvalid),
        (Flaws(ess_digest=bytes(32)), SignatureInvalid),
        (Flaws(ess=("v1",), ess_digest=bytes(20)), SignatureInvalid),
        (Flaws(content_type="1.2.840.113549.1.7.1"), FormatInvalid),
        (Flaws(digest=bytes(32)), SignatureInvalid),
        (Flaws(extension=True), FormatInvalid),
        (Flaws(signature=b"no signature"), SignatureInvalid),
        (Flaws(signers=2), FormatInvalid),
        (Flaws(signers=0), FormatInvalid),
        (Flaws(version=2), FormatInvalid),
        (Flaws(accuracy_s=-1), FormatInvalid),
        (Flaws(accuracy_s=10**9), FormatInvalid),
        (Flaws(time="20260921141320"), FormatInvalid),
        (Flaws(time="20260921141320+0000"), FormatInvalid),
        (Flaws(time="20260921141320.Z"), FormatInvalid),
        (Flaws(time="20260921141320,5Z"), FormatInvalid),
        (Flaws(time="20260921146020Z"), FormatInvalid),
        (Flaws(time="19690921141320Z"), FormatInvalid),
        (Flaws(time="00000921141320Z"), FormatInvalid),
    ],
    ids=unusual,
)
def test_what_is_wrong_with_a_token_is_refused(flaws: Flaws, error: type[EvidenceError]) -> None:
    token = TSA.stamp(DIGEST, T_US, flaws)
    with pytest.raises(error):
        check_token(token, DIGEST)


def test_a_stamp_of_something_else() -> None:
    with pytest.raises(ProofInvalid):
        check_token(TSA.stamp(hashlib.sha256(b"another seal").digest(), T_US), DIGEST)


@pytest.mark.parametrize(
    "tsa",
    [
        Authority(usage=()),
        Authority(usage_critical=False),
        Authority(usage=(STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)),
        Authority(usage=(ExtendedKeyUsageOID.CODE_SIGNING,)),
        Authority(signs=False),
        Authority(dead=BORN + timedelta(days=1)),
        Authority(born=DEAD - timedelta(days=1)),
    ],
    ids=["no use", "not critical", "two uses", "other use", "key signs nothing", "expired", "not valid yet"],
)
def test_a_certificate_that_may_not_stamp_then(tsa: Authority) -> None:
    with pytest.raises(SignatureInvalid):
        check_token(tsa.stamp(DIGEST, T_US), DIGEST)


def test_short_keys_are_refused() -> None:
    with pytest.raises(SignatureInvalid, match="2048 bits"):
        check_token(Authority("short", rsa_key(1024)).stamp(DIGEST, T_US), DIGEST)


def test_another_authority() -> None:
    other = Authority("other")
    with pytest.raises(SignatureInvalid, match="No path leads"):
        checked(other.stamp(DIGEST, T_US))
    assert checked(other.stamp(DIGEST, T_US), TsaRoots([TSA.root, other.root])).signer == other.signer


def test_an_authority_that_somebody_else_names_like_the_trusted_one() -> None:
    class Copy(Authority):
        def __init__(self) -> None:
            super().__init__()
            key = ec_key("thief")
            self.issuer = certificate("tsa issuer", key, self.root, key, is_issuer=True)
            self.key = ec_key("thief's signer")
            self.signer = certificate("tsa signer", self.key, self.issuer, key, usage=(STAMPING,))

    with pytest.raises(SignatureInvalid, match="signature does not match"):
        checked(Copy().stamp(DIGEST, T_US))


def test_policies() -> None:
    token = TSA.stamp(DIGEST, T_US)
    assert checked(token, TsaRoots([TSA.root], ["1.2.3", POLICY])).policy == POLICY
    with pytest.raises(SignatureInvalid, match="policy"):
        checked(token, TsaRoots([TSA.root], ["1.2.3"]))


def chain_of(*issuers: tuple[str, dict[str, object]]) -> Callable[[], Authority]:
    """An authority whose signer is under these, the root first."""

    def make() -> Authority:
        tsa, by, key = Authority(), None, None
        made = []
        for name, options in issuers:
            own = ec_key(name)
            by = certificate(name, own, by, key, **{"is_issuer": True, **options})  # type: ignore[arg-type]
            key = own
            made.append(by)
        tsa.root, tsa.signer = made[0], certificate("tsa signer", tsa.key, by, key, usage=(STAMPING,))
        tsa.between = tuple(made[1:])  # type: ignore[attr-defined]
        return tsa

    return make


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (chain_of(("a", {}), ("b", {"is_issuer": False})), "cA must be asserted"),
        (chain_of(("a", {"is_issuer": False})), "cA must be asserted"),
        (chain_of(("a", {}), ("b", {"path_length": 0}), ("c", {})), "path length"),
        (chain_of(("a", {}), ("b", {"dead": BORN + timedelta(days=1)})), "not valid at"),
        (chain_of(("a", {"dead": BORN + timedelta(days=1)})), "not valid at"),
        (chain_of(("a", {}), ("b", {"usage": (ExtendedKeyUsageOID.SERVER_AUTH,)})), "may not stamp"),
        (chain_of(*((str(at), {}) for at in range(9))), "No path leads"),
    ],
)
def test_paths_that_lead_nowhere(make: Callable[[], Authority], words: str) -> None:
    tsa = make()
    stamp = check_token(tsa.stamp(DIGEST, T_US, certificates=(tsa.signer, *tsa.between)), DIGEST)  # type: ignore[attr-defined]
    with pytest.raises(SignatureInvalid, match=words):
        TsaRoots([tsa.root]).path(stamp)


def test_paths_that_lead_to_a_root() -> None:
    tsa = chain_of(("a", {}), ("b", {"usage": (STAMPING,)}), ("c", {"path_length": 0}))()
    stamp = check_token(tsa.stamp(DIGEST, T_US, certificates=(tsa.signer, *tsa.between)), DIGEST)  # type: ignore[attr-defined]
    assert len(TsaRoots([tsa.root]).path(stamp)) == 4
    assert TsaRoots([TSA.signer]).path(check_token(TSA.stamp(DIGEST, T_US), DIGEST)) == [TSA.signer]


def test_certificates_that_do_not_come_with_the_token() -> None:
    bare = TSA.stamp(DIGEST, T_US, certificates=())
    with pytest.raises(SignatureInvalid, match="is not there"):
        check_token(bare, DIGEST)
    stamp = check_token(bare, DIGEST, [TSA.issuer, TSA.signer])
    more = not_in(bare, ROOTS.path(stamp))
    assert len(more) == 2
    stamp = check_stamp(format_stamp(bare, more), DIGEST)
    assert ROOTS.path(stamp)[0] == TSA.signer
    whole = TSA.stamp(DIGEST, T_US)
    assert not_in(whole, ROOTS.path(check_token(whole, DIGEST))) == []
    assert not_in(bare, [TSA.signer]) == more[:1]
    with pytest.raises(FormatInvalid, match="more than 10 certificates"):
        check_token(whole, DIGEST, [TSA.root] * 9)


def test_roots() -> None:
    assert read_certificates(TSA.root_pem + TSA.issuer_pem) == [TSA.root, TSA.issuer]
    for text in ("", "no certificate", TSA.root_pem.replace("MII", "XXX", 1)):
        with pytest.raises(FormatInvalid):
            read_certificates(text)
    with pytest.raises(FormatInvalid, match="more than 100"):
        read_certificates(TSA.root_pem * 101)
    with pytest.raises(FormatInvalid, match="no root certificate"):
        TsaRoots([])


@pytest.mark.parametrize(
    "text", ["", "\n", "AA==\n", "\nAA==", "AB==", "A", "AAAA ", "AA\u00c4A", "A" * (MAX_STAMP + 4)]
)
def test_text_that_is_no_stamp(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_stamp(text)


def test_text_of_a_stamp() -> None:
    assert parse_stamp(format_stamp(b"token", [b"one", b"two"])) == (b"token", (b"one", b"two"))
    with pytest.raises(FormatInvalid, match="beside the time stamp"):
        check_stamp(format_stamp(TSA.stamp(DIGEST, T_US), [b"x"]), DIGEST)


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


@pytest.mark.parametrize("key", [None, "rsa"])
def test_openssl_takes_these_tokens_too(key: str | None, tmp_path: Path) -> None:
    """So that what refuses the bad ones is what is wrong with them, and not how they are written."""
    tsa = TSA if key is None else Authority("rsa", rsa_key(2048))
    for name, data in (("root.pem", tsa.root_pem), ("issuer.pem", tsa.issuer_pem)):
        (tmp_path / name).write_text(data, encoding="ascii")
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "token").write_bytes(tsa.stamp(DIGEST, T_US))
    command = "openssl ts -verify -in token -token_in -data data -CAfile root.pem -untrusted issuer.pem -attime"
    found = subprocess.run(
        [*command.split(), str(T_US // 1_000_000)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Verification: OK" in found.stdout + found.stderr, found


def test_curves_of_other_sizes() -> None:
    tsa = Authority("p384", ec.derive_private_key(12345, ec.SECP384R1()))
    assert checked(tsa.stamp(DIGEST, T_US, Flaws(hash_name="sha384")), TsaRoots([tsa.root])).signer == tsa.signer


def test_whose_certificate_it_is() -> None:
    assert isinstance(check_token(TOKEN, DIGEST).signer, x509.Certificate)


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
