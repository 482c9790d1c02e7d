# SPDX-License-Identifier: AGPL-3.0-or-later
"""RFC 3161 tokens: what is taken, what is refused, and that no bit of one can be changed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from inspector.errors import EvidenceError, FormatInvalid, ProofInvalid, SignatureInvalid
from inspector.evidence.timestamp import MAX_STAMP, TimeStamp, check_stamp, check_token, format_stamp, parse_stamp
from inspector.evidence.tsa_roots import TsaRoots, not_in, read_certificates
from tests.assets.attacks.tokens import BORN, DEAD, POLICY, Authority, Flaws, certificate, ec_key

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
    assert isinstance(check_token(TSA.stamp(DIGEST, T_US), DIGEST).signer, x509.Certificate)
