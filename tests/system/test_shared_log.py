# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that stations share, its server and three witnesses as real processes: what kills and lies do to it."""

from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from inspector.auditor import verify_bundle as single
from inspector.cli import main
from inspector.errors import LedgerRefused, LedgerUnreachable
from inspector.evidence.cosignature import parse_cosigner_key
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import CompactRange, consistency_proof
from inspector.evidence.note import parse_vkey
from inspector.evidence.proof import parse_proof, verify_proof
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from inspector.evidence.verify.station import verify_station
from ledger_anchor.log.reader import LogReader, fetch_folder, fetch_url
from ledger_anchor.server.client import HttpLog
from ledger_anchor.server.tokens import read_tokens, station_of
from ledger_anchor.web.fetch import http_client
from tests.assets.attacks.build import policy_text
from tests.ledger_rig import SharedLog
from tests.unit.evidence_samples import T0_US
from tests.unit.evidence_station import STATION_KEY, building
from tests.unit.test_directory_log import KEY, Shop
from tests.unit.verify.bundling import bundle_of
from tests.unit.verify.test_store import receipt_fields

OTHER = SigningKey.generate()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedLog]:
    rig = SharedLog(tmp_path_factory.mktemp("shared"), {"demo": KEY, "other": OTHER, "press-3": STATION_KEY})
    try:
        rig.start()
        yield rig
    finally:
        rig.close()


@pytest.fixture
def client(shared: SharedLog) -> Iterator[HttpLog]:
    with closing(shared.client("demo")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop() -> Shop:
    """The one station of this module: its log does not forget."""
    return Shop()


def names(shared: SharedLog, proof: str) -> set[str]:
    return set(shared.policy.cosigned(parse_proof(proof).checkpoint.encode()))


def test_receipts_carry_all_witnesses_and_prove_their_entry_offline(
    shared: SharedLog, client: HttpLog, shop: Shop
) -> None:
    shop.grow(3)
    head = shop.head()
    client.submit(head)
    assert client.head_count("demo") == 3
    shop.grow(2)
    sealed = shop.seal()
    receipt = client.submit(sealed, consistency_proof(shop.leaves, 3))
    shop.next_shift(sealed)
    assert names(shared, receipt.proof) == {"w1", "w2", "w3"}
    index, checkpoint = verify_proof(receipt.proof, sealed.leaf, parse_vkey(shared.vkey))
    assert (index, receipt.index, checkpoint.size) == (1, 1, 2)
    assert client.submit(sealed).index == 1
    assert len(receipt.proof) < 2_000
    client.check(receipt)


def test_an_auditor_with_the_same_policy_checks_what_the_station_keeps(shared: SharedLog, tmp_path: Path) -> None:
    """Seals of a station through the log and its witnesses into receipts, and both verifiers on them."""
    station, bundle, file = tmp_path / "press-3", tmp_path / "bundle.zip", tmp_path / "policy.toml"
    with building(station, "press-3") as builder, closing(shared.client("press-3")) as client:
        builder.ahead_us = time.time_ns() // 1000 - T0_US  # witnesses write their own time
        for _ in range(2):
            builder.open_shift()
            builder.part("PASS")
            receipt = client.submit(builder.close_shift(anchor=False))
            builder.append("receipt", receipt_fields(receipt))
    bundle_of(station, bundle)
    policy = {"station_key": STATION_KEY.public_key.hex(), "cosigned_within_s": 3600, "require": ["witness", "log"]}
    policy["logs"] = [(shared.log_folder / "witnesses.policy").read_text("utf-8")]
    file.write_text(policy_text(policy), "utf-8")
    known = parse_policy(file.read_bytes())
    answer = single.verify(str(bundle), str(file))
    assert (answer["verdict"], answer["lines"], answer["checked"]["cosignatures"]) == ("VERIFIED", [], 6)
    for report in (verify_station(station, policy=known), verify_bundle(bundle, policy=known)):
        assert (report.exit_code, report.findings, report.checked["cosignatures"]) == (0, [], 6)
        (said,) = [text for text in report.statements if "witnesses that you trust" in text]
        assert said.startswith("the seal of shift 2, ") and "of 3 witnesses" in said
        assert said in answer["statements"]


def test_everybody_reads_the_same_log_over_http_and_from_the_folder(shared: SharedLog, client: HttpLog) -> None:
    key = parse_vkey(shared.vkey)
    with http_client() as http:
        found = []
        for source in (fetch_url(http, shared.server.url), fetch_folder(shared.log_folder)):
            reader = LogReader(source, key)
            note, checkpoint = reader.checkpoint()
            found.append((note, list(reader.entries(0, checkpoint, CompactRange()))))
        assert found[0] == found[1]
        for path in (
            "/log.key",
            "/tile/../log.key",
            "/tile/0/../../tokens.json",
            "/tile/entries/000.p/256",
            "/tile/64/000",
        ):
            assert http.get(shared.server.url + path).status_code == 404


def test_who_may_write(shared: SharedLog, shop: Shop) -> None:
    document = shop.close()
    with closing(shared.client("other")) as wrong:
        with pytest.raises(LedgerUnreachable, match="the token is that of other"):
            wrong.submit(document)
        with pytest.raises(LedgerUnreachable, match="The token is that of other"):
            wrong.head_count("demo")
    with closing(shared.client("demo")) as client:
        with pytest.raises(LedgerRefused, match="signature"):
            client.submit(replace(document, signature=bytes(64)))
        client.submit(document)
        twin = Shop()
        twin.grow(4)
        with pytest.raises(LedgerRefused, match="is another seal"):
            client.submit(twin.seal())
    with httpx.Client() as http:
        add = shared.server.url + "/add"
        assert http.post(add, content=b"{}").status_code == 401
        token = {"authorization": f"Bearer {shared.tokens['demo']}"}
        for body in (b"", b"{}", b'{"entries": []}', b'{"entries": [{"leaf": "AAAA"}]}', b'{"entries": 1, "more": 2}'):
            assert http.post(add, content=body, headers=token).status_code == 422
        assert http.post(add, content=b" " * (1 << 20) + b"{}", headers=token).status_code == 413
        assert http.get(add, headers=token).status_code == 405


def test_kills_of_witnesses_and_of_the_log_lose_and_fork_nothing(tmp_path: Path) -> None:
    shared, shop = SharedLog(tmp_path, {"demo": KEY, "other": OTHER}), Shop()
    try:
        shared.start()
        with closing(shared.client("demo")) as client:
            witnesses_come_and_go(shared, client, shop)
            the_log_dies_between_its_witnesses_and_its_answer(shared, client, shop)
    finally:
        shared.close()


def witnesses_come_and_go(shared: SharedLog, client: HttpLog, shop: Shop) -> None:
    first, second = shared.witnesses[:2]
    first.kill()
    documents = [shop.close() for _ in range(3)]
    assert names(shared, client.submit(documents[0]).proof) == {"w2", "w3"}
    second.kill()
    with pytest.raises(LedgerUnreachable, match="Too few witnesses"):
        client.submit(documents[1])
    first.start()
    first.wait()
    # What waited for its witnesses is in the log; the same document again gets its receipt, at the same place.
    receipts = [client.submit(document) for document in documents[1:]]
    assert [names(shared, receipt.proof) for receipt in receipts] == [{"w1", "w3"}] * 2
    assert [receipt.index for receipt in receipts] == [1, 2]
    second.start()
    second.wait()
    assert names(shared, client.submit(shop.close()).proof) == {"w1", "w2", "w3"}


def the_log_dies_between_its_witnesses_and_its_answer(shared: SharedLog, client: HttpLog, shop: Shop) -> None:
    document = shop.close()
    for witness in shared.witnesses[:2]:
        witness.kill()
    with pytest.raises(LedgerUnreachable, match="Too few witnesses"):
        client.submit(document)  # the third has cosigned it now
    shared.server.kill()
    for server in (*shared.witnesses[:2], shared.server):
        server.start()
    for server in (*shared.witnesses[:2], shared.server):
        server.wait()
    with closing(shared.client("other")) as rival:
        assert names(shared, rival.submit(Shop("other", OTHER).close()).proof) == {"w1", "w2", "w3"}
    assert client.submit(document).index == 4


def test_commands_make_what_servers_run(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a long passphrase\n")
    vkey = str(inspector("ledger", "create", tmp_path / "log", "--origin", "example.com/log")["vkey"])
    made = inspector(
        "ledger", "witness", "init", tmp_path / "w", "--name", "example.com/w", "--log", vkey,
        "--passphrase-file", tmp_path / "secret",
    )  # fmt: skip
    assert parse_cosigner_key(str(made["vkey"])).name == "example.com/w"
    key = KEY.public_key.hex()
    tokens = [inspector("ledger", "admit", tmp_path / "log", "demo", "--key", key)["token"] for _ in range(2)]
    assert station_of(read_tokens(tmp_path / "log"), str(tokens[0])) is None
    assert station_of(read_tokens(tmp_path / "log"), str(tokens[1])) == "demo"
    for wrong in (
        ("admit", tmp_path / "log", "demo", "--key", OTHER.public_key.hex()),
        ("create", tmp_path / "log", "--origin", "example.com/log"),
        ("create", tmp_path / "other", "--origin", "no name"),
        ("witness", "run", tmp_path / "log"),
        ("serve", tmp_path / "w"),
    ):
        assert main(["ledger", *(str(one) for one in wrong)]) in (1, 3)
    assert not (tmp_path / "other").exists()


def inspector(*arguments: object) -> dict[str, object]:
    """Run a command with `--json` and give its document."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main([*(str(one) for one in arguments), "--json"]) == 0
    document: dict[str, object] = json.loads(said.getvalue())
    return document
