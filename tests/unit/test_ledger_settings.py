# SPDX-License-Identifier: AGPL-3.0-or-later
"""`[[ledger.shared]]` of every kind: what is refused, what counts, and how the anchor opens it."""

from __future__ import annotations

import logging
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector.config import EvmSettings, SharedLogSettings, TsaSettings, load_config
from inspector.config.catalogue import catalogue
from inspector.config.edit import flat_settings
from inspector.errors import ConfigError
from inspector.store.read import RecordReader
from ledger_anchor.backends import backends
from ledger_anchor.worker import Worker
from tests.assets.attacks.tokens import Authority
from tests.fault.test_anchor_kill import SETTINGS
from tests.store_station import make_writer
from tests.unit.test_directory_log import KEY
from tests.unit.test_evm_bad_nodes import keystore

LOG = '[[ledger.shared]]\nkind = "log"\nurl = "https://log"\nkey = "log+1+2"\ntoken_file = "t"\n'
EVM = (
    '[[ledger.shared]]\nkind = "evm"\norigin = "chain"\nurl = "http://127.0.0.1:1/secret"\nchain_id = 1\n'
    f'contract = "0x{"Aa" * 20}"\nkeystore_file = "keys/account.json"\npassphrase_file = "keys/account.pass"\n'
)
TSA = '[[ledger.shared]]\nkind = "timestamp"\norigin = "tsa"\nurl = "http://127.0.0.1:1/tsr"\nroots_file = "r.pem"\n'
PASSPHRASE = "only for tests"


def station(folder: Path, *tables: str, ledger: str = "") -> Path:
    (folder / "station.toml").write_text(f"{SETTINGS}\n[ledger]\n{ledger}\n{''.join(tables)}")
    return folder


def test_each_kind_has_its_own_settings_and_a_time_stamp_counts_only_when_it_is_told_to(tmp_path: Path) -> None:
    ledger = load_config(station(tmp_path, LOG, EVM, TSA)).ledger
    assert [type(one) for one in ledger.shared] == [SharedLogSettings, EvmSettings, TsaSettings]
    assert ledger.origins == ("inspector.local/log", "log", "chain", "tsa")
    assert (ledger.counting, ledger.needed) == (ledger.origins[:3], 3)
    ledger = load_config(station(tmp_path, TSA + "counts = true\n", ledger="quorum = 2")).ledger
    assert (ledger.counting, ledger.needed) == (("inspector.local/log", "tsa"), 2)
    assert load_config(station(tmp_path, TSA, LOG, ledger='kind = "none"')).ledger.needed == 1


@pytest.mark.parametrize(
    ("tables", "ledger", "named"),
    [
        (LOG.replace('"log"', '"paper"', 1), "", "'paper'"),
        (LOG.replace('kind = "log"\n', ""), "", "ledger.shared.0"),
        (EVM.replace("chain_id = 1\n", ""), "", "ledger.shared.0.evm.chain_id: it is missing"),
        (LOG + EVM + 'roots_file = "r"\n', "", "ledger.shared.1.evm.roots_file: there is no such setting"),
        (EVM.replace("chain_id = 1", 'chain_id = "1"'), "", "chain_id"),
        (EVM.replace('"chain"', '"the chain"'), "", "origin"),
        (TSA.replace('"tsa"', '"caf\u0065\u0301"'), "", "origin"),
        (LOG + TSA.replace('"tsa"', '"log"'), "", "two ledgers have the same name"),
        (LOG + TSA, "quorum = 3", "ledger.quorum is 3, and 2 ledgers count"),
        (TSA, 'kind = "none"', "none of the ledgers counts"),
    ],
    ids=range(10),
)
def test_what_does_not_fit_is_named(tmp_path: Path, tables: str, ledger: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(station(tmp_path, tables, ledger=ledger))
    assert named in caught.value.message and caught.value.advice


def test_settings_of_a_kind_are_listed_with_their_own_meaning(tmp_path: Path) -> None:
    rows = {one.topic: one for one in catalogue(flat_settings(load_config(station(tmp_path, LOG, EVM, TSA))))}
    names = [rows[f"ledger.shared.{kind}.url"].name for kind in ("log", "evm", "timestamp")]
    assert names == [f"ledger.shared.{number}.url" for number in range(3)]
    assert len({rows[f"ledger.shared.{kind}.url"].meaning for kind in ("log", "evm", "timestamp")}) == 3
    secret = {name for name, one in rows.items() if one.secret and name.startswith("ledger.")}
    assert {name.rpartition(".")[2] for name in secret} == {
        *("url", "ca_file", "token_file", "witness_ca_file"),
        *("keystore_file", "passphrase_file", "user", "password_file"),
    }
    assert "ledger.shared.evm.url" in secret and "ledger.shared.log.url" not in secret


def test_ledgers_are_opened_in_order_with_their_files_beside_the_settings(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "keys").mkdir()
    make_writer(tmp_path, KEY).close()
    (tmp_path / "keys" / "account.json").write_text(keystore())
    (tmp_path / "keys" / "account.pass").write_text(PASSPHRASE)
    found = backends(tmp_path, load_config(station(tmp_path, EVM, TSA)))
    assert [one.origin for one in found] == ["inspector.local/log", "chain", "tsa"]
    with ExitStack() as undo, RecordReader(tmp_path) as reader:
        chain = found[1].open(reader, undo)
        assert (chain.kind, chain.origin, chain.takes_heads) == ("evm", "chain", True)
        with pytest.raises(ConfigError, match=r"r\.pem"):
            found[2].open(reader, undo)
        (tmp_path / "r.pem").write_text(Authority("roots").root_pem)
        stamps = found[2].open(reader, undo)
        assert (stamps.kind, stamps.origin, stamps.takes_heads) == ("rfc3161", "tsa", False)
    assert PASSPHRASE not in caplog.text and "secret" not in caplog.text


@pytest.mark.parametrize(
    ("table", "module", "extra"),
    [(EVM, "ledger_anchor.evm.chain", "evm"), (TSA, "ledger_anchor.timestamp.driver", "timestamp")],
    ids=["evm", "timestamp"],
)
def test_without_its_extra_a_ledger_is_given_up_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, module: str, extra: str
) -> None:
    make_writer(tmp_path, KEY).close()
    monkeypatch.setitem(sys.modules, module, None)
    backend = backends(tmp_path, load_config(station(tmp_path, table)))[1]
    worker = Worker(backend, tmp_path, "demo", lambda receipt: True, threading.Event())
    worker.join()
    assert isinstance(worker.failure, ConfigError)
    assert f"inspector-station[{extra}]" in worker.failure.advice
