# SPDX-License-Identifier: AGPL-3.0-or-later
"""The embedded log: what it admits, that its files are tlog-tiles, and that no crash or bit flip goes unnoticed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import FormatInvalid, InspectorError, LedgerInconsistent, LedgerRefused, LedgerUnreachable
from inspector.evidence.chain import Chain, Stamp
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from inspector.evidence.note import parse_vkey
from inspector.evidence.proof import verify_proof
from inspector.evidence.record import GENESIS
from inspector.evidence.seal import SignedDocument, build_head, build_seal, sign_document
from ledger_anchor.log import directory as directory_log
from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import create_log, read_log
from ledger_anchor.log.tree import TileTree

KEY = SigningKey.generate()
ORIGIN = "example.com/log"


class Shop:
    """A station without a store: makes seals and heads, also such as it never should."""

    def __init__(self, name: str = "demo", key: SigningKey = KEY) -> None:
        self.name, self.key = name, key
        self.chain, self.prev_seal = Chain(name), GENESIS
        self.leaves: list[bytes] = []

    def grow(self, records: int = 1) -> None:
        for _ in range(records):
            stamp = Stamp(self.chain.seq + 1, 1, "0" * 16)
            self.leaves.append(self.chain.append("state", {"state": "x", "reasons": []}, stamp).digest)

    def head(self, prev_seal: str | None = None) -> SignedDocument:
        previous = self.prev_seal if prev_seal is None else prev_seal
        data = build_head(self.name, self.chain.span, self.chain.prev, 1, previous, self.key.public_key, False)
        return sign_document(data, self.key)

    def seal(self, t_us: int = 1) -> SignedDocument:
        span, head = self.chain.span, self.chain.prev
        data = build_seal(
            self.name, span, head, t_us, self.prev_seal, self.key.public_key, False, t_open_us=1, t_close_us=1
        )
        return sign_document(data, self.key)

    def close(self) -> SignedDocument:
        self.grow()
        sealed = self.seal()
        self.next_shift(sealed)
        return sealed

    def next_shift(self, sealed: SignedDocument) -> None:
        self.chain.start_shift()
        self.prev_seal, self.leaves = sealed.digest, []


def fill(log: DirectoryLog, shop: Shop, entries: int) -> list[SignedDocument]:
    """Many entries fast: only here nobody cares for a power loss."""
    documents = [shop.close() for _ in range(entries)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _descriptor: None)
        for document in documents:
            log.submit(document)
    return documents


@contextmanager
def opened(directory: Path, **stations: SigningKey) -> Iterator[DirectoryLog]:
    if not directory.exists():
        keys = {name: key.public_key for name, key in (stations or {"demo": KEY}).items()}
        create_log(directory, ORIGIN, keys)
    log = DirectoryLog(directory)
    try:
        yield log
    finally:
        log.close()


def test_receipts_prove_their_entry_offline(tmp_path: Path) -> None:
    shop = Shop()
    with opened(tmp_path / "log") as log:
        documents = [shop.close() for _ in range(5)]
        receipts = [log.submit(document) for document in documents]
    key = parse_vkey((tmp_path / "log" / "log.vkey").read_text())
    for index, (document, receipt) in enumerate(zip(documents, receipts, strict=True)):
        assert (receipt.index, receipt.digest, receipt.origin) == (index, document.digest, ORIGIN)
        found, checkpoint = verify_proof(receipt.proof, document.leaf, key)
        assert (found, checkpoint.size) == (index, index + 1)
    assert read_log(tmp_path / "log").entries == tuple(document.leaf for document in documents)


def test_the_same_submission_again_is_the_same_entry(tmp_path: Path) -> None:
    sealed = Shop().close()
    with opened(tmp_path / "log") as log:
        first = log.submit(sealed)
        assert log.submit(sealed) == first
        assert log.size == 1
    with opened(tmp_path / "log") as log:
        assert log.submit(sealed) == first


def test_heads_grow_by_proof_and_the_seal_extends_them(tmp_path: Path) -> None:
    shop = Shop()
    with opened(tmp_path / "log") as log:
        shop.grow(3)
        first = shop.head()
        log.submit(first)
        shop.grow(4)
        second = shop.head()
        for wrong in ([], [b"\0" * 32], consistency_proof(shop.leaves, 2)):
            with pytest.raises(LedgerRefused):
                log.submit(second, wrong)
        assert log.head_count("demo") == 3
        log.submit(second, consistency_proof(shop.leaves, 3))
        assert log.submit(first).index == 0
        shop.grow()
        sealed = shop.seal()
        with pytest.raises(LedgerRefused):
            log.submit(sealed)
        log.submit(sealed, consistency_proof(shop.leaves, 7))
        assert (log.size, log.head_count("demo")) == (3, 0)
        shop.next_shift(sealed)
        shop.grow()
        log.submit(shop.head())


def refused(log: DirectoryLog, document: SignedDocument, match: str) -> None:
    before = log.size
    with pytest.raises(LedgerRefused, match=match):
        log.submit(document)
    assert log.size == before


def test_twins_forks_gaps_and_strangers_are_refused(tmp_path: Path) -> None:
    shop, twin = Shop(), Shop()
    shop.grow(5)
    twin.grow(5)
    with opened(tmp_path / "log") as log:
        ahead = Shop()
        ahead.close()
        ahead.grow()
        refused(log, ahead.head(), "open shift here is 1")
        refused(log, ahead.seal(), "open shift here is 1")
        log.submit(shop.head())
        refused(log, twin.head(), "another head of demo, shift 1")
        twin.grow()
        refused(log, twin.head(), "does not extend|proof")
        shorter = Shop()
        shorter.grow(4)
        refused(log, shorter.head(), "covers 4 records, the last head 5")
        refused(log, shorter.seal(), "covers 4 records, the last head 5")
        sealed = shop.seal()
        log.submit(sealed)
        refused(log, shop.seal(t_us=2), "another seal of demo, shift 1")
        shop.next_shift(sealed)
        shop.grow()
        refused(log, shop.head(prev_seal="1" * 64), "a fork")
        stranger = Shop("other")
        refused(log, stranger.close(), "other is not known")
        thief = Shop(key=SigningKey.generate())
        thief.chain, thief.prev_seal = shop.chain, shop.prev_seal
        refused(log, thief.head(), "names key")
        good = shop.head()
        refused(log, replace(good, signature=bytes(64)), "signature")
        log.submit(good)
        with pytest.raises(FormatInvalid):
            log.submit(SignedDocument(b"{}", bytes(64)))
        with pytest.raises(FormatInvalid):
            log.submit(SignedDocument(b"\xff", bytes(64)))


def test_stations_share_a_log(tmp_path: Path) -> None:
    other_key = SigningKey.generate()
    one, two = Shop("demo"), Shop("other", other_key)
    with opened(tmp_path / "log", demo=KEY, other=other_key) as log:
        indexes = [log.submit(shop.close()).index for _ in range(3) for shop in (one, two)]
    assert indexes == list(range(6))


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with opened(tmp_path / "log"):
        with pytest.raises(LedgerUnreachable, match="Another program"):
            DirectoryLog(tmp_path / "log")
        assert read_log(tmp_path / "log").entries == ()
    with pytest.raises(LedgerUnreachable, match="no log"):
        DirectoryLog(tmp_path / "nowhere")
    with pytest.raises(LedgerUnreachable, match="cannot be made"):
        create_log(tmp_path / "log", ORIGIN, {})
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SignedDocument]]:
    directory = tmp_path_factory.mktemp("long") / "log"
    with opened(directory) as log:
        return directory, fill(log, Shop(), 300)


def test_the_files_are_tlog_tiles(long_log: tuple[Path, list[SignedDocument]]) -> None:
    directory, documents = long_log
    files = {path.relative_to(directory).as_posix() for path in (directory / "tile").rglob("*") if path.is_file()}
    partial = {f"tile/{part}/001.p/{width}" for part in ("entries", "0") for width in range(1, 45)}
    assert files == {"tile/entries/000", "tile/0/000", "tile/1/000.p/1", *partial}
    leaves = [leaf_hash(document.leaf) for document in documents]
    assert (directory / "tile/0/000").read_bytes() == b"".join(leaves[:256])
    assert (directory / "tile/1/000.p/1").read_bytes() == root(leaves[:256])
    with opened(directory) as log:
        receipt = log.submit(documents[17])
    key = parse_vkey((directory / "log.vkey").read_text())
    assert verify_proof(receipt.proof, documents[17].leaf, key)[1].root == root(leaves)
    assert len(receipt.proof) < 2_000


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/entries/001.p/44", "checkpoint"])
@pytest.mark.parametrize("where", [0.01, 0.5, 0.99])
def test_a_flipped_bit_is_noticed(long_log: tuple[Path, list[SignedDocument]], name: str, where: float) -> None:
    path = long_log[0] / name
    good = path.read_bytes()
    bad = bytearray(good)
    bad[int(len(bad) * where)] ^= 4
    path.write_bytes(bad)
    try:
        with pytest.raises(LedgerInconsistent):
            DirectoryLog(long_log[0])
        with pytest.raises(LedgerInconsistent):
            read_log(long_log[0])
    finally:
        path.write_bytes(good)
    with opened(long_log[0]) as log:
        assert log.size == 300


def test_a_lost_or_damaged_hash_tile_is_made_again(long_log: tuple[Path, list[SignedDocument]]) -> None:
    directory = long_log[0]
    tiles = [directory / "tile/0/000", directory / "tile/1/000.p/1"]
    good = [tile.read_bytes() for tile in tiles]
    tiles[0].unlink()
    tiles[1].write_bytes(bytes(32))
    with opened(directory):
        assert [tile.read_bytes() for tile in tiles] == good


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("log.key", b"no key", LedgerInconsistent),
        ("log.vkey", b"no key", LedgerInconsistent),
        ("log.vkey", b"\xff\xfe", LedgerInconsistent),
        ("stations.json", b"[]", LedgerInconsistent),
        ("stations.json", b'{"demo": "1"}', LedgerInconsistent),
        ("checkpoint", b"", LedgerInconsistent),
        ("checkpoint", None, LedgerUnreachable),
        ("stations.json", None, LedgerUnreachable),
    ],
)
def test_damaged_files_are_told(tmp_path: Path, name: str, content: bytes | None, error: type[InspectorError]) -> None:
    create_log(tmp_path / "log", ORIGIN, {})
    if content is None:
        (tmp_path / "log" / name).unlink()
    else:
        (tmp_path / "log" / name).write_bytes(content)
    with pytest.raises(error):
        DirectoryLog(tmp_path / "log")


def test_a_key_of_another_log_is_told(tmp_path: Path) -> None:
    create_log(tmp_path / "log", ORIGIN, {})
    create_log(tmp_path / "other", ORIGIN, {})
    (tmp_path / "other" / "log.key").replace(tmp_path / "log" / "log.key")
    with pytest.raises(LedgerInconsistent, match="belong together"):
        DirectoryLog(tmp_path / "log")


def test_the_key_is_private(tmp_path: Path) -> None:
    create_log(tmp_path / "log", ORIGIN, {"demo": KEY.public_key})
    assert (tmp_path / "log" / "log.key").stat().st_mode & 0o077 == 0
    assert json.loads((tmp_path / "log" / "stations.json").read_bytes()) == {"demo": KEY.public_key.hex()}


@pytest.mark.parametrize("entries_before", [0, 3, 254, 255])
def test_a_failure_at_any_write_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries_before: int
) -> None:
    """Each write fails once, before or after the file has its name; another document may come first afterwards."""
    directory, shops = tmp_path / "log", [Shop("demo"), Shop("other")]
    with opened(directory, demo=KEY, other=KEY) as log:
        fill(log, shops[0], entries_before)
        expected = [*read_log(directory).entries]
        real = directory_log.write_durable
        for failing in range(4):
            for after in (False, True):
                calls = iter(range(100))

                def broken(
                    path: Path,
                    data: bytes,
                    *,
                    mode: int = 0o644,
                    scratch: Path | None = None,
                    calls: Iterator[int] = calls,
                    after: bool = after,
                    failing: int = failing,
                ) -> None:
                    number = next(calls)
                    if number != failing or after:
                        real(path, data, mode=mode, scratch=scratch)
                    if number == failing:
                        raise OSError(28, "No space left on device")

                document, rival = shops[0].close(), shops[1].close()
                monkeypatch.setattr(directory_log, "write_durable", broken)
                try:
                    log.submit(document)
                except LedgerUnreachable:
                    pass
                monkeypatch.setattr(directory_log, "write_durable", real)
                order = [document, rival] if (failing + after) % 2 else [rival, document]
                indexes = [log.submit(each).index for each in order]
                assert sorted(indexes) == [len(expected), len(expected) + 1]
                for _, each in sorted(zip(indexes, order, strict=True), key=lambda pair: pair[0]):
                    expected.append(each.leaf)
                assert list(read_log(directory).entries) == expected


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 1_200), data=st.data())
def test_tile_tree_agrees_with_the_plain_one(size: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(size)]
    tree = TileTree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == root(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree.inclusion_proof(index) == inclusion_proof(leaves, index)
    verify_inclusion(leaves[index], index, size, tree.inclusion_proof(index), root(leaves))
    assert tree.consistency_proof(old) == consistency_proof(leaves, old)
    verify_consistency(old, size, root(leaves[:old]), root(leaves), tree.consistency_proof(old))
    grown: dict[tuple[int, int], bytes] = {}
    for tile in tree.tiles(old):
        grown[tile.level, tile.index] = tile.data
    for tile in tree.tiles():
        known = tile.data[: 32 * max(0, (old >> 8 * tile.level) - 256 * tile.index)]
        assert grown.get((tile.level, tile.index), tile.data) == tile.data
        assert (tile.level, tile.index) in grown or known == tile.data


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=300), name=st.sampled_from(["log.vkey", "checkpoint", "stations.json", "log.key"]))
def test_any_file_content_gives_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    directory = tmp_path_factory.mktemp("fuzz") / "log"
    create_log(directory, ORIGIN, {})
    (directory / name).write_bytes(data)
    with pytest.raises(InspectorError):
        DirectoryLog(directory)


def test_any_entry_content_gives_an_error_of_ours(tmp_path: Path) -> None:
    create_log(tmp_path / "log", ORIGIN, {"demo": KEY.public_key})
    with opened(tmp_path / "log") as log:
        log.submit(Shop().close())
    bundle = tmp_path / "log" / "tile/entries/000.p/1"

    @settings(max_examples=200, deadline=None)
    @given(data=st.binary(max_size=200))
    def check(data: bytes) -> None:
        bundle.write_bytes(data)
        with pytest.raises(LedgerInconsistent):
            DirectoryLog(tmp_path / "log")

    check()
