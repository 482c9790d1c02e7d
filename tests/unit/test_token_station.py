# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station whose key is in a token: it seals with it, and a token that hangs or goes stops nothing but signatures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from inspector.cli import main as command_line
from inspector.config import load_config
from inspector.errors import ConfigError, EvidenceError, KeyLocked, PassphraseWrong
from inspector.evidence.keys import read_public_key
from inspector.evidence.verify.station import verify_station
from inspector.station import keyring
from inspector.token.client import TokenClient, TokenPlace
from inspector.token.process import Answers
from tests.fault.test_anchor_kill import SETTINGS
from tests.soft_token import LABEL, MODULE, PIN, TOKEN, make_token, settings
from tests.station_bench import Bench
from tests.store_station import part

if sys.platform == "win32":
    pytest.skip("SoftHSM 2 of the tests is Debian's", allow_module_level=True)


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    conf = make_token(tmp_path / "token")
    monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
    return tmp_path / "token" / "tokens"


def give_it_a_token(station: Path) -> None:
    """What an integrator does after `inspector init`."""
    head, _, tail = (station / "station.toml").read_text().partition("[key]\n")
    table = f"{settings('keys/pin')}answer_within_ms = 20000\n\n[ledger]"
    (station / "station.toml").write_text(f"{head}[key]\n{table}{tail.partition('[ledger]')[2]}")
    (station / "keys" / "pin").write_text(PIN)
    assert command_line(["key", "create", "--station", str(station)]) == 3, "there is a key"
    for name in ("station.key", "station.pub"):
        (station / "keys" / name).unlink()
    assert command_line(["key", "create", "--station", str(station)]) == 0


@pytest.fixture
def bench(tmp_path: Path, token: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station", prepare=give_it_a_token)
    bench.station.start()
    bench.everybody_is_here()
    ring = bench.station._keyring
    bench.until(lambda: bench.writer.unlocked and not ring._busy() and ring._retry_ns is None)
    yield bench
    bench.close()


def warnings(bench: Bench) -> list[str]:
    return [one["code"] for one in bench.request("status")["result"]["warnings"]]


def shift(bench: Bench) -> Any:
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    return bench.request("shift-close", operator="op", note="none came", removed_by_hand=0)["result"]


def token_process(bench: Bench) -> int:
    client = bench.station._keyring._backend._client
    return int(client._process.pid)


def hang(bench: Bench) -> None:
    """The token does not answer any more, and is not waited for as long as one on a busy computer of tests."""
    client = bench.station._keyring._backend._client
    client._place = replace(client._place, answer_within_s=0.5)
    os.kill(client._process.pid, signal.SIGSTOP)


def test_it_seals_rotates_and_verifies(bench: Bench) -> None:
    pub = bench.directory / "keys" / "station.pub"
    first = read_public_key(pub)
    assert command_line(["key", "create", "--station", str(bench.directory)]) == 3, "it has records"
    assert warnings(bench) == []
    assert shift(bench)["sealed"] == "sealed"
    answer = bench.request("key-rotate", operator="ops", reason="yearly", passphrase="")
    assert answer["ok"], answer
    assert shift(bench)["sealed"] == "sealed"
    report = verify_station(bench.directory, expected_key=first)
    assert report.exit_code == 0, [str(found) for found in report.findings]
    assert read_public_key(pub).hex() == answer["result"]["new"]
    client = TokenClient(TokenPlace(MODULE, TOKEN, LABEL, 20.0))
    try:
        assert client.open(PIN) == [read_public_key(pub)], "the old key is gone from the token"
    finally:
        client.close()


def test_no_part_waits_for_a_token_that_hangs(bench: Bench) -> None:
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    bench.writer.append("part", part(1, "FAIL")).result(10)
    os.kill(token_process(bench), signal.SIGSTOP)
    head = bench.writer.sign_head()
    for number in (2, 3):
        bench.writer.append("part", part(number, "FAIL")).result(10)
    assert not head.done()
    os.kill(token_process(bench), signal.SIGKILL)
    with pytest.raises(KeyLocked):
        head.result(10)
    assert warnings(bench) == ["KEY_LOCKED"]
    result = bench.request("shift-close", operator="op", note="as counted", removed_by_hand=0)["result"]
    assert result["sealed"].startswith("not sealed yet")
    assert bench.request("unlock", passphrase=PIN)["result"] == {"signed_seals": 1}
    assert warnings(bench) == []
    assert verify_station(bench.directory).exit_code == 0


def test_a_token_that_hangs_at_the_seal(bench: Bench) -> None:
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    hang(bench)
    result = bench.request("shift-close", operator="op", note="none came", removed_by_hand=0)["result"]
    assert result["sealed"].startswith("not sealed yet")


def test_a_token_that_was_pulled_out_is_tried_again(bench: Bench, token: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "RETRY_NS", 0)
    away = token.with_name("away")
    token.rename(away)
    token.mkdir()
    os.kill(token_process(bench), signal.SIGKILL)
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    with pytest.raises(KeyLocked):
        bench.writer.sign_head().result(10)
    assert bench.request("unlock", passphrase=PIN)["error"]["code"] == "KEY_LOCKED"
    token.rmdir()
    away.rename(token)
    bench.until(lambda: bench.writer.unlocked)
    assert bench.writer.sign_head().result(10) is not None


def test_a_wrong_pin_is_not_tried_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "RETRY_NS", 0)
    tried: list[str] = []
    (bench.directory / "keys" / "pin").write_text("000000")
    unlock = bench.station._keyring._backend.unlock
    monkeypatch.setattr(bench.station._keyring._backend, "unlock", lambda pin: tried.append(pin) or unlock(pin))
    os.kill(token_process(bench), signal.SIGKILL)
    assert bench.request("shift-open", lot="L", operator="op")["ok"]
    with pytest.raises(KeyLocked):
        bench.writer.sign_head().result(10)
    bench.until(lambda: bool(tried) and not bench.station._keyring._busy())
    for _ in range(3):
        assert warnings(bench) == ["KEY_LOCKED"]
    assert tried == ["000000"]


def test_one_at_a_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    ring, go = bench.station._keyring, threading.Event()
    unlock = ring._backend.unlock
    monkeypatch.setattr(ring._backend, "unlock", lambda pin: go.wait(20) and unlock(pin))
    ring.unlock(PIN, "", "")
    assert bench.request("key-rotate", operator="ops", reason="yearly", passphrase="")["error"]["code"] == "SHIFT"
    go.set()
    bench.until(lambda: not ring._busy())
    assert bench.writer.unlocked


def test_another_token_is_not_the_stations(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOFTHSM2_CONF", str(make_token(tmp_path / "other")))
    error = bench.request("unlock", passphrase=PIN)["error"]
    assert error["code"] == "EVIDENCE"
    assert "is the station's" in error["message"]


@pytest.mark.parametrize(
    ("place", "pin", "error"),
    [
        (TokenPlace("/nowhere/lib.so", TOKEN, LABEL, 20.0), PIN, KeyLocked),
        (TokenPlace(MODULE, "absent", LABEL, 20.0), PIN, KeyLocked),
        (TokenPlace(MODULE, TOKEN, LABEL, 20.0), "000000", PassphraseWrong),
    ],
)
def test_what_does_not_open(token: Path, place: TokenPlace, pin: str, error: type[EvidenceError]) -> None:
    client = TokenClient(place)
    try:
        with pytest.raises(error):
            client.open(pin)
    finally:
        client.close()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    monkeypatch.delitem(sys.modules, "inspector.token.session", raising=False)
    opening = {"do": "open", "module": MODULE, "token": TOKEN, "label": LABEL, "pin": PIN}
    answer = Answers().answer(json.dumps(opening))
    assert (answer["ok"], answer["code"]) == (False, "KEY_LOCKED")
    assert "pip install 'inspector-station[pkcs11]'" in answer["advice"]
    assert Answers().answer('{"do": "create"}')["code"] == "EVIDENCE"


def test_a_key_that_softhsm_imported_has_its_point_bare(token: Path, tmp_path: Path) -> None:
    """CKA_EC_POINT of an imported key is not wrapped (SoftHSMv2 issue 634); it is the same key all the same."""
    private = Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["softhsm2-util", "--import", str(file), "--token", TOKEN, "--label", LABEL, "--id", "a1", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    public = private.public_key().public_bytes_raw()
    client = TokenClient(TokenPlace(MODULE, TOKEN, LABEL, 20.0))
    try:
        assert client.open(PIN) == [public]
        private.public_key().verify(client.sign(public, b"message"), b"message")
        with pytest.raises(EvidenceError, match="does not hold"):
            client.sign(bytes(32), b"message")
        client.destroy(bytes(32))
    finally:
        client.close()


@pytest.mark.parametrize(
    ("table", "words"),
    [('backend = "pkcs11"', "without key.module"), ('module = "/x.so"', "key.backend is 'file'")],
)
def test_settings_that_do_not_go_together(tmp_path: Path, table: str, words: str) -> None:
    (tmp_path / "station.toml").write_text(f"{SETTINGS}\n[key]\n{table}\n")
    with pytest.raises(ConfigError, match=words):
        load_config(tmp_path)
