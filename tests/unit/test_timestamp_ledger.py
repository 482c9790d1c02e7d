# SPDX-License-Identifier: AGPL-3.0-or-later
"""A time stamp authority as a ledger: a real one made with openssl, and servers that answer in all wrong ways."""

from __future__ import annotations

import base64
import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError

from inspector.config.ledger import TsaSettings
from inspector.errors import (
    ConfigError,
    FormatInvalid,
    LedgerInconsistent,
    LedgerRefused,
    LedgerUnreachable,
    SignatureInvalid,
)
from inspector.evidence.keys import SigningKey
from inspector.evidence.rotation import Rotation, RotationDocument, sign_rotation
from inspector.evidence.seal import SignedDocument
from inspector.evidence.timestamp import check_stamp, check_token, parse_stamp
from inspector.evidence.tsa_roots import TsaRoots
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.station import verify_station
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor
from ledger_anchor.ledger import Ledger, Receipt
from ledger_anchor.timestamp import driver
from ledger_anchor.timestamp.driver import TsaLedger
from ledger_anchor.timestamp.extra import open_tsa_ledger
from ledger_anchor.timestamp.library import make_request, second_opinion
from ledger_anchor.timestamp.response import read_response
from tests.assets.attacks.tokens import BORN, Authority, Flaws, tlv
from tests.store_station import PERSON, make_writer, opening, run_shift
from tests.tsa_server import OID, Asked, OpensslTsa, TsaServer, response, serving
from tests.unit.test_directory_log import KEY, Shop

OTHER = SigningKey.generate()
Reply = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> OpensslTsa:
    return OpensslTsa(tmp_path_factory.mktemp("tsa"))


@contextmanager
def opened(served: TsaServer, tsa: OpensslTsa, **more: Any) -> Iterator[TsaLedger]:
    name = "example.com/tsa"
    settings = TsaSettings(kind="timestamp", origin=name, url=served.url, roots_file=str(tsa.root_file), **more)
    ledger = open_tsa_ledger(settings)
    try:
        yield ledger
    finally:
        ledger.close()


def real(tsa: OpensslTsa) -> Reply:
    return lambda request: (200, tsa.answer(request))


def a_seal() -> SignedDocument:
    """One that is made now."""
    shop = Shop()
    shop.grow()
    return shop.seal(int(time.time() * 1e6))


def test_a_real_authority(tsa: OpensslTsa) -> None:
    """What openssl stamps is a receipt that openssl, the station and an auditor take."""
    document = a_seal()
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        shared: Ledger = ledger
        receipt = shared.submit(document)
        assert receipt is not None
        assert (receipt.digest, receipt.kind, receipt.origin, receipt.index) == (
            document.digest,
            "rfc3161",
            "example.com/tsa",
            0,
        )
        stamp = check_stamp(receipt.proof, hashlib.sha256(document.leaf).digest())
        assert (TsaRoots([tsa.authority.root]).path(stamp)[0], stamp.policy) == (tsa.authority.signer, OID)
        assert tsa.accepts(parse_stamp(receipt.proof)[0], document.leaf)
        assert not tsa.accepts(parse_stamp(receipt.proof)[0], document.leaf + b"x")
        assert shared.submit(document) == receipt
        shared.check(receipt)
        assert (shared.head_count("demo"), shared.takes_heads) == (0, False)
        (headers, body), *others = served.asked
    assert others == []  # the second time the receipt was at hand: an authority may cost money
    assert headers["content-type"] == "application/timestamp-query"
    assert "authorization" not in headers
    asked = asn1.decode_der(Asked, body)
    assert (asked.imprint.digest, asked.with_certificates) == (hashlib.sha256(document.leaf).digest(), True)


@pytest.mark.parametrize(("ess", "digest"), [("sha1", "sha256"), ("sha256", "sha512"), ("sha384", "sha384")])
def test_real_authorities_of_other_kinds(ess: str, digest: str, tmp_path: Path) -> None:
    tsa = OpensslTsa(tmp_path / "tsa", ess=ess, digest=digest)
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        assert parse_stamp(ledger.submit(a_seal()).proof)[1] == ()


def test_an_authority_that_does_not_send_its_chain(tmp_path: Path) -> None:
    """The certificates of the settings go into the receipt, so that an auditor needs the root only."""
    tsa = OpensslTsa(tmp_path / "tsa", chain=False)
    document = a_seal()
    with serving(real(tsa)) as served:
        with opened(served, tsa) as ledger, pytest.raises(LedgerInconsistent, match="No path leads"):
            ledger.submit(document)
        with opened(served, tsa, certificates_file=str(tsa.issuer_file)) as ledger:
            proof = ledger.submit(document).proof
    assert parse_stamp(proof)[1] == (tsa.authority.issuer.public_bytes(Encoding.DER),)
    stamp = check_stamp(proof, hashlib.sha256(document.leaf).digest())
    assert len(TsaRoots([tsa.authority.root]).path(stamp)) == 3


def test_heads_and_rotations(tsa: OpensslTsa) -> None:
    shop = Shop()
    shop.grow()
    told = Rotation("demo", KEY.public_key, OTHER.public_key, 2, "yearly")
    rotation = RotationDocument(sign_rotation(told, KEY, OTHER))
    with serving(real(tsa)) as served:
        with opened(served, tsa) as ledger:
            with pytest.raises(LedgerRefused, match="does not stamp heads"):
                ledger.submit(shop.head())
            proof = ledger.submit(rotation).proof
            assert check_stamp(proof, bytes.fromhex(rotation.digest)).policy == OID
        with opened(served, tsa, heads=True) as ledger:
            head = shop.head()
            assert ledger.takes_heads
            assert ledger.submit(head, [b"x" * 32]).digest == head.digest
        assert len(served.asked) == 2


def test_only_the_newest_receipts_are_kept(tsa: OpensslTsa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_KEPT", 1)
    shop = Shop()
    first, second = shop.close(), shop.close()
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        for document in (first, second, first):
            ledger.submit(document)
        assert len(served.asked) == 3


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"user": "line-4", "password_file": "secret"}, "Basic " + base64.b64encode(b"line-4:s3cret").decode()),
        ({"token_file": "secret"}, "Bearer s3cret"),
    ],
)
def test_passwords_and_tokens(settings: dict[str, str], header: str, tsa: OpensslTsa, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", encoding="ascii")
    settings = {name: str(tmp_path / value) if name.endswith("_file") else value for name, value in settings.items()}
    with serving(real(tsa)) as served, opened(served, tsa, **settings) as ledger:
        ledger.submit(a_seal())
        assert served.asked[0][0]["authorization"] == header
        served.reply = lambda _request: (401, b"")
        with pytest.raises(LedgerUnreachable, match="401") as caught:
            ledger.submit(Shop("other").close())
    assert "s3cret" not in str(caught.value)


def forged(tsa: Authority, after_s: float = 0.0, digest: bytes | None = None, **flaws: Any) -> Reply:
    """An authority that repeats nonce and digest as it should, with these flaws."""

    def reply(request: bytes) -> tuple[int, bytes]:
        asked = asn1.decode_der(Asked, request)
        given = Flaws(**{"nonce": asked.nonce, "policy": OID, **flaws})
        t_us = int((time.time() + after_s) * 1e6)
        return 200, response(tsa.stamp(digest or asked.imprint.digest, t_us, given))

    return reply


def test_what_is_forged_below_would_be_taken_without_the_flaw(tsa: OpensslTsa) -> None:
    with serving(forged(tsa.authority)) as served, opened(served, tsa, policy=OID) as ledger:
        ledger.submit(a_seal())


PROVES_NOTHING: list[tuple[str, Callable[[Authority], Reply], str]] = [
    ("other nonce", lambda tsa: forged(tsa, nonce=1), "another request"),
    ("no nonce", lambda tsa: forged(tsa, nonce=None), "another request"),
    ("other imprint", lambda tsa: forged(tsa, digest=bytes(32)), "something else"),
    ("other hash", lambda tsa: forged(tsa, imprint_hash="sha512"), "something else"),
    ("other signature", lambda tsa: forged(tsa, signature=b"x"), "signature"),
    ("other policy", lambda tsa: forged(tsa, policy="1.2.9"), "policy"),
    ("other authority", lambda _tsa: forged(Authority("other")), "No path leads"),
    ("alike", lambda _tsa: forged(Authority("thief", named="openssl")), "No path leads"),
    ("expired", lambda _tsa: forged(Authority(dead=BORN + timedelta(days=1))), "not valid at the time"),
    ("other use", lambda _tsa: forged(Authority(usage=())), "not for time stamping"),
    ("old", lambda tsa: forged(tsa, after_s=-3600.0), "before the document was made"),
]


@pytest.mark.parametrize(("make", "words"), [row[1:] for row in PROVES_NOTHING], ids=[row[0] for row in PROVES_NOTHING])
def test_tokens_that_prove_nothing(make: Callable[[Authority], Reply], words: str, tsa: OpensslTsa) -> None:
    document = a_seal()
    with serving(make(tsa.authority)) as served, opened(served, tsa, policy=OID) as ledger:
        with pytest.raises(LedgerInconsistent, match=words):
            ledger.submit(document)
        served.reply = forged(tsa.authority)
        assert ledger.submit(document).digest == document.digest


ANSWERS_BADLY: list[tuple[str, int, bytes, type[Exception], str]] = [
    ("error", 500, b"", LedgerUnreachable, "HTTP 500"),
    ("elsewhere", 302, b"", LedgerUnreachable, "HTTP 302"),
    ("not there", 404, b"", LedgerUnreachable, "HTTP 404"),
    ("nobody let in", 403, b"", LedgerUnreachable, "lets nobody in"),
    ("empty", 200, b"", LedgerUnreachable, "something else"),
    ("a page", 200, b"<html>Log in to the plant's network</html>", LedgerUnreachable, "something else"),
    ("too long", 200, b"\x30" * 70_000, LedgerUnreachable, "more than 64000"),
    ("no token", 200, response(b""), LedgerRefused, "does not say why"),
    ("rejected", 200, response(b"", 2, "no more stamps"), LedgerRefused, "no more stamps"),
    ("changed", 200, response(tlv(0x30, tlv(6, b"\x2a"), tlv(5)), 1), LedgerRefused, "status 1"),
    ("waiting", 200, response(b"", 3, "queue"), LedgerUnreachable, "queue"),
    ("no such token", 200, response(tlv(0x30, tlv(6, b"\x2a"), tlv(5))), LedgerInconsistent, "malformed"),
]


@pytest.mark.parametrize(
    ("status", "body", "error", "words"), [a[1:] for a in ANSWERS_BADLY], ids=[a[0] for a in ANSWERS_BADLY]
)
def test_answers_that_are_no_token(
    status: int, body: bytes, error: type[Exception], words: str, tsa: OpensslTsa
) -> None:
    with serving(lambda _request: (status, body)) as served, opened(served, tsa) as ledger:
        with pytest.raises(error, match=words):
            ledger.submit(a_seal())


def test_an_authority_that_hangs_and_one_that_is_gone(tsa: OpensslTsa) -> None:
    with serving(None) as served, opened(served, tsa, timeout_s=1) as ledger:
        with pytest.raises(LedgerUnreachable, match="does not answer"):
            ledger.submit(a_seal())
    with opened(served, tsa) as ledger, pytest.raises(LedgerUnreachable, match="does not answer"):
        ledger.submit(a_seal())


def test_a_receipt_that_would_be_too_long(tsa: OpensslTsa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MAX_STAMP", 1000)
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        with pytest.raises(LedgerInconsistent, match="a receipt at most 1000"):
            ledger.submit(a_seal())


def test_the_second_program(tsa: OpensslTsa) -> None:
    """The library agrees with ours, says when it cannot read an answer, and refuses what it should."""
    request = make_request(b"entry")
    answer = tsa.answer(request.data)
    stamp = check_token(read_response(answer), hashlib.sha256(b"entry").digest())
    path = TsaRoots([tsa.authority.root]).path(stamp)
    in_order = forged(tsa.authority)(request.data)[1]
    assert second_opinion(in_order, b"entry", request.nonce, path)
    assert not second_opinion(in_order, b"entry", request.nonce, path[:-1])  # its root does not sign itself
    out_of_order = forged(tsa.authority, sorted_certificates=False)(request.data)[1]
    assert not second_opinion(out_of_order, b"entry", request.nonce, path)
    for entry, nonce in ((b"other", request.nonce), (b"entry", 1)):
        with pytest.raises(SignatureInvalid, match="second program"):
            second_opinion(in_order, entry, nonce, path)


def test_certificates_out_of_order_are_taken(tsa: OpensslTsa) -> None:
    with serving(forged(tsa.authority, sorted_certificates=False)) as served, opened(served, tsa) as ledger:
        ledger.submit(a_seal())


def test_what_the_second_program_refuses_is_no_receipt(tsa: OpensslTsa, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> bool:
        raise SignatureInvalid("A second program does not take the time stamp")

    monkeypatch.setattr(driver, "second_opinion", refuse)
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        with pytest.raises(LedgerInconsistent, match="second program"):
            ledger.submit(a_seal())


def test_no_document(tsa: OpensslTsa) -> None:
    with serving(real(tsa)) as served, opened(served, tsa) as ledger:
        with pytest.raises(FormatInvalid):
            ledger.submit(SignedDocument(b"{}", b"x" * 64))
        assert served.asked == []


GOOD = {"kind": "timestamp", "origin": "tsa", "url": "https://example.com/tsr", "roots_file": "roots.pem"}


@pytest.mark.parametrize(
    "more",
    [
        {"url": "ftp://example.com"},
        {"url": "https://user@example.com"},
        {"url": "https://example.com/#1"},
        {"url": "https:///tsr"},
        {"origin": ""},
        {"roots_file": ""},
        {"policy": "1.02"},
        {"user": "a"},
        {"password_file": "a"},
        {"user": "a", "password_file": "b", "token_file": "c"},
        {"user": "a:b", "password_file": "b"},
        {"url": "http://example.com/tsr", "token_file": "c"},
        {"timeout_s": 0},
        {"certificates": "x"},
    ],
    ids=str,
)
def test_settings_that_are_refused(more: dict[str, object]) -> None:
    TsaSettings.model_validate(GOOD)
    with pytest.raises(ValidationError):
        TsaSettings.model_validate({**GOOD, **more})


def test_files_of_the_settings(tmp_path: Path) -> None:
    beside = TsaSettings.model_validate({**GOOD, "ca_file": "ca.pem"}).beside(tmp_path)
    assert (beside.roots_file, beside.ca_file) == (str(tmp_path / "roots.pem"), str(tmp_path / "ca.pem"))
    assert beside.certificates_file == ""
    for text in (None, "", "no certificate", "\u00e4"):
        if text is not None:
            (tmp_path / "roots.pem").write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match=r"roots\.pem"):
            open_tsa_ledger(beside)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ledger_anchor.timestamp.driver", "ledger_anchor.timestamp.library"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(ConfigError, match=r"rfc3161_client.*inspector-station\[timestamp\]"):
        open_tsa_ledger(TsaSettings.model_validate(GOOD))


def test_a_station_whose_seals_are_stamped(tsa: OpensslTsa, tmp_path: Path) -> None:
    """Store, anchor, authority, records, auditor: seals and rotations are stamped, the head of an open shift is not."""
    (tmp_path / "keys").mkdir()
    writer = make_writer(tmp_path, KEY)

    def send(receipt: Receipt) -> bool:
        fields = {"seal": receipt.digest, "index": receipt.index, "proof": receipt.proof}
        writer.append("receipt", {**fields, "ledger": {"kind": receipt.kind, "origin": receipt.origin}}).result(10)
        return True

    try:
        run_shift(writer, 1)
        writer.rotate_key(OTHER, "yearly", PERSON).result(10)
        run_shift(writer, 1, start=2)
        writer.append("shift-open", opening(writer)).result(10)
        writer.sign_head().result(10)
        with RecordReader(tmp_path) as reader, serving(real(tsa)) as served, opened(served, tsa) as ledger:
            anchor = Anchor(reader, ledger, "demo", DocumentStore(tmp_path), send)
            for now_s in (1.0, 2.0, 3.0):
                anchor.work(now_s)
            assert reader.unreceipted_seals(ledger.origin) == []
            assert len(served.asked) == 3
    finally:
        writer.close()
    (tmp_path / "keys" / "station.pub").write_text(OTHER.public_key.hex())
    policy = Policy(tsa_roots=TsaRoots([tsa.authority.root], [OID]), require=("rfc3161",))
    report = verify_station(tmp_path, expected_key=KEY.public_key, policy=policy)
    assert (report.exit_code, report.checked["time stamps"]) == (0, 3), report.findings
