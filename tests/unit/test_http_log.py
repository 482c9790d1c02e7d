# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's side of a shared log against every way in which its server may lie or fail."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from inspector.errors import FormatInvalid, LedgerInconsistent, LedgerRefused, LedgerUnreachable
from inspector.evidence.cosignature import CosignerKey
from inspector.evidence.keys import SigningKey
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.merkle import consistency_proof
from inspector.evidence.seal import SignedDocument
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import create_log, read_log
from ledger_anchor.server.client import HttpLog
from ledger_anchor.server.messages import Added, AddRequest
from tests.unit.test_directory_log import KEY, ORIGIN, Shop

Answer = Callable[[httpx.Request], httpx.Response | None]


class Server:
    """A log in a folder that answers without a network; `lie` may answer first, `mend` changes what `/add` says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        create_log(folder, ORIGIN, {"demo": KEY.public_key})
        self.key = read_log(folder).key
        self.lie: Answer = lambda request: None
        self.mend: Callable[[dict[str, Any]], None] = lambda answer: None
        self.station = "demo"

    def client(self, policy: LogPolicy | None = None) -> HttpLog:
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return HttpLog("http://127.0.0.1:1/", self.key, policy or LogPolicy(), "token", http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        lied = self.lie(request)
        if lied is not None:
            return lied
        path = request.url.path
        if path == "/add":
            return self._add(request.read())
        with closing(DirectoryLog(self.folder)) as log:
            if path == "/progress":
                return httpx.Response(200, json={"station": self.station, "head_count": log.head_count("demo")})
        file = self.folder / path[1:]
        return httpx.Response(200, content=file.read_bytes()) if file.is_file() else httpx.Response(404)

    def _add(self, body: bytes) -> httpx.Response:
        entries = [entry.submission() for entry in AddRequest.model_validate_json(body).entries]
        with closing(DirectoryLog(self.folder)) as log:
            answers = [Added.of(answer).model_dump() for answer in log.submit_all(entries)]
        for answer in answers:
            self.mend(answer)
        return httpx.Response(200, json={"answers": answers})


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "log")


@pytest.fixture
def client(server: Server) -> Iterator[HttpLog]:
    with closing(server.client()) as opened:
        yield opened


def test_it_submits_as_to_a_folder(client: HttpLog) -> None:
    shop = Shop()
    shop.grow(3)
    client.submit(shop.head())
    assert client.head_count("demo") == 3
    shop.grow(2)
    with pytest.raises(LedgerRefused, match="proof"):
        client.submit(shop.seal())
    receipt = client.submit(sealed := shop.seal(), consistency_proof(shop.leaves, 3))
    assert client.submit(sealed) == receipt
    assert (receipt.kind, receipt.origin, receipt.index) == (client.kind, client.origin, 1) == ("tlog", ORIGIN, 1)
    client.check(receipt)


def change(**fields: object) -> Callable[[dict[str, Any]], None]:
    return lambda answer: answer.update(fields)


def test_receipts_that_prove_something_else_are_not_taken(server: Server, tmp_path: Path) -> None:
    shop, other = Shop(), Server(tmp_path / "other")
    with closing(server.client()) as client, closing(other.client()) as elsewhere:
        first = client.submit(shop.close())
        document = shop.close()
        with pytest.raises(LedgerRefused):
            elsewhere.submit(document)
        foreign = elsewhere.submit(Shop().close())
        good = client.submit(document)
        lies: list[Callable[[dict[str, Any]], None]] = [
            change(proof=first.proof),
            change(proof=foreign.proof),
            change(proof=""),
            change(proof=good.proof.replace("index 1", "index 0")),
            change(proof=good.proof[:-10]),
            change(index=0),
            change(digest=first.digest),
        ]
        for lie in lies:
            server.mend = lie
            with pytest.raises(LedgerInconsistent):
                client.submit(document)
        server.mend = lambda answer: None
        assert client.submit(document) == good


def test_a_receipt_without_its_witnesses_is_not_taken(server: Server) -> None:
    line = CosignerKey("example.com/w", SigningKey.generate().public_key).vkey()
    with closing(server.client(parse_log_policy(f"witness w {line}\nquorum w\n".encode()))) as client:
        with pytest.raises(LedgerInconsistent, match="not enough for the quorum"):
            client.submit(Shop().close())


def test_another_history_is_noticed(server: Server, tmp_path: Path) -> None:
    shop = Shop()
    with closing(server.client()) as client:
        client.submit(first := shop.close())
        shutil.copytree(server.folder, tmp_path / "old")
        last = client.submit(document := shop.close())
        longer, shorter = server.folder, tmp_path / "old"
        server.folder = shorter
        with closing(server.client()) as again, pytest.raises(LedgerInconsistent, match="old copy"):
            again.check(last)
        twin = Shop()
        twin.close()
        twin.grow(3)
        twin.prev_seal = first.digest
        with pytest.raises(LedgerInconsistent, match=r"does not extend"):
            client.submit(twin.seal())
        server.folder = longer
        assert client.submit(document).index == 1


def test_a_checkpoint_of_somebody_else_is_noticed(server: Server, client: HttpLog) -> None:
    receipt = client.submit(Shop().close())
    server.lie = lambda request: httpx.Response(200, content=b"garbage") if "checkpoint" in request.url.path else None
    with pytest.raises(LedgerInconsistent, match="not by its key"):
        client.check(receipt)
    with pytest.raises(LedgerInconsistent, match="not one of it"):
        client.check(Receipt(receipt.digest, "tlog", ORIGIN, 0, "garbage"))


def broken(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    "lie",
    [
        broken,
        lambda request: httpx.Response(200, content=b"{}"),
        lambda request: httpx.Response(200, content=b"\xff" * 100),
        lambda request: httpx.Response(200, json={"answers": []}),
        lambda request: httpx.Response(200, json={"answers": [{"index": -1}]}),
        lambda request: httpx.Response(200, content=b"x" * (9 << 20)),
        lambda request: httpx.Response(500, json={"code": "LEDGER_INCONSISTENT", "message": "it says", "advice": ""}),
        lambda request: httpx.Response(503, content=b"<html>"),
        lambda request: httpx.Response(302, headers={"location": "http://example.com/"}),
        lambda request: httpx.Response(401, json={"code": "REQUEST_INVALID", "message": "no token", "advice": ""}),
    ],
)
def test_a_server_that_fails_is_asked_again_later(server: Server, client: HttpLog, lie: Answer) -> None:
    server.lie = lie
    with pytest.raises(LedgerUnreachable):
        client.submit(document := Shop().close())
    with pytest.raises(LedgerUnreachable):
        client.head_count("demo")
    server.lie = lambda request: None
    assert client.submit(document).index == 0


def test_refusals_keep_their_words(server: Server, client: HttpLog) -> None:
    with pytest.raises(LedgerRefused, match="is not known"):
        client.submit(Shop("other").close())
    server.mend = change(problem={"code": FormatInvalid.code, "message": "no seal", "advice": ""})
    with pytest.raises(FormatInvalid, match="no seal"):
        client.submit(Shop().close())
    server.station = "another"
    with pytest.raises(LedgerUnreachable, match="token is that of another"):
        client.head_count("demo")


def test_what_stations_send_is_read_strictly() -> None:
    document: SignedDocument = Shop().close()
    good = json.dumps({"entries": [{"leaf": "AAAA", "consistency": ["A" * 43 + "="]}]})
    assert AddRequest.model_validate_json(good)
    with pytest.raises(FormatInvalid):
        AddRequest.model_validate_json(good).entries[0].submission()
    for bad in (
        '{"entries": []}',
        good.replace("AAAA", "AAA"),
        good.replace("A" * 43, "A" * 42),
        good.replace("leaf", "loaf"),
        json.dumps({"entries": [{"leaf": "A" * 100_000}]}),
        json.dumps({"entries": [{"leaf": "AAAA"}] * 257}),
    ):
        with pytest.raises(ValueError):
            AddRequest.model_validate_json(bad)
    assert document.leaf
