# SPDX-License-Identifier: AGPL-3.0-or-later
"""The monitor: each thing that an honest log never shows is told, once, and nothing else is."""

from __future__ import annotations

import json
import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from inspector.cli import main
from inspector.clock import SimulatedClock
from inspector.errors import LedgerUnreachable
from inspector.evidence.cosignature import CosignerKey
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.seal import SignedDocument, sign_document
from ledger_anchor.log.admission import Admission, Claim
from ledger_anchor.log.directory import DirectoryLog
from ledger_anchor.log.files import create_log, read_log
from ledger_anchor.log.reader import LogReader, fetch_folder
from ledger_anchor.monitor.finding import RULES, Finding
from ledger_anchor.monitor.monitor import Monitor, StationSeal
from ledger_anchor.monitor.notify import Mail, MailSettings, Webhook, WebhookSettings
from ledger_anchor.monitor.state import MonitorState
from tests.store_station import make_writer, run_shift
from tests.unit.test_directory_log import KEY, ORIGIN, Shop

OTHER, THIEF = SigningKey.generate(), SigningKey.generate()
KEYS = {"demo": KEY.public_key.hex(), "other": OTHER.public_key.hex()}
LATE_S = 3600


class Watched:
    """A log whose operator admits anything, and a monitor of it."""

    def __init__(self, folder: Path) -> None:
        self.directory, self.now_s = folder / "log", 1_000
        create_log(self.directory, ORIGIN, {"demo": KEY.public_key, "other": OTHER.public_key})
        self.key = read_log(self.directory).key
        self.state = MonitorState(folder / "monitor.sqlite")
        self.policy = parse_log_policy(b"quorum none\n")

    def add(self, *documents: SignedDocument) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Claim, "of", lambda *_: None)
            patch.setattr(Admission, "check", lambda *_: None)
            patch.setattr(Admission, "find", lambda *_: None)
            patch.setattr(Admission, "take", lambda *_: None)
            patch.setattr(Admission, "replay", lambda *_: None)
            with closing(DirectoryLog(self.directory)) as log:
                for document in documents:
                    log.submit(document)

    def look(self, **stations: list[StationSeal]) -> list[tuple[str, str, str]]:
        reader = LogReader(fetch_folder(self.directory), self.key)
        monitor = Monitor(reader, self.policy, KEYS, LATE_S, self.state, lambda: self.now_s)
        return [(one.rule, one.station, one.place) for one in monitor.look(stations).fresh]


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path)
    yield made
    made.state.close()


def test_an_honest_log_gives_no_finding_however_often_one_looks(watched: Watched) -> None:
    demo, other = Shop(), Shop("other", OTHER)
    assert watched.look() == []
    for _ in range(3):
        demo.grow(2)
        watched.add(demo.head(), other.close())
        assert watched.look() == []
        watched.add(demo.close())
        assert watched.look() == watched.look() == []
    assert watched.state.seals("demo").keys() == {1, 2, 3}


def signed_by(shop: Shop, key: SigningKey, document: SignedDocument) -> SignedDocument:
    return sign_document(document.data, key)


def test_each_lie_of_a_station_is_told_once_and_the_true_entries_stay_true(watched: Watched) -> None:
    demo = Shop()
    demo.grow(5)
    first = demo.head()
    demo.grow()
    watched.add(first, sealed := demo.seal())
    demo.next_shift(sealed)
    assert watched.look() == []
    twin = Shop()
    twin.grow(5)
    watched.add(twin.seal(t_us=7))
    assert watched.look() == [("TWIN", "demo", "entry 2")]
    watched.add(sealed)
    assert watched.look() == [("TWIN", "demo", "entry 3")]
    demo.grow(4)
    head = demo.head()
    watched.add(head, head)
    assert watched.look() == [("TWIN", "demo", "entry 5")]
    ahead = Shop()
    for _ in range(3):
        ahead.close()
    ahead.grow()
    watched.add(ahead.head(), demo.head(prev_seal="1" * 64))
    assert watched.look() == [("GAP", "demo", "entry 6"), ("FORK", "demo", "entry 7")]
    demo.grow(2)
    watched.add(signed_by(demo, THIEF, demo.head()), replace(demo.head(), signature=bytes(64)))
    assert [one[0] for one in watched.look()] == ["UNKNOWN", "UNKNOWN"]
    watched.add(demo.close())
    assert watched.look() == []
    assert watched.look() == []


def test_a_chain_that_was_cut_off_and_strangers(watched: Watched) -> None:
    demo, cut = Shop(), Shop()
    demo.grow(9)
    cut.grow(4)
    watched.add(demo.head(), cut.head(), Shop("stranger").close(), SignedDocument(b"{}", bytes(64)))
    found = watched.look()
    assert found == [("CUT", "demo", "entry 1"), ("UNKNOWN", "stranger", "entry 2"), ("MALFORMED", "", "entry 3")]


def test_late_is_what_was_not_there_when_it_was_too_old(watched: Watched) -> None:
    demo = Shop()
    demo.grow()
    watched.now_s = 10
    assert watched.look() == []
    demo.next_shift(sealed := demo.seal(t_us=1))
    watched.add(sealed)
    assert watched.look() == []
    watched.now_s = LATE_S + 100
    demo.grow()
    watched.add(Shop("other", OTHER).close())
    assert watched.look() == []
    watched.add(demo.seal(t_us=2))
    assert watched.look() == [("LATE", "demo", "entry 2")]


def test_a_log_that_goes_back_or_shows_another_history(watched: Watched, tmp_path: Path) -> None:
    demo = Shop()
    watched.add(demo.close())
    shutil.copytree(watched.directory, tmp_path / "old")
    watched.add(demo.close())
    assert watched.look() == []
    shutil.rmtree(watched.directory)
    assert watched.look() == [("LOG-AWAY", "", ORIGIN)]
    shutil.copytree(tmp_path / "old", watched.directory)
    assert watched.look() == [("LOG-BACK", "", ORIGIN)]
    watched.add(Shop("other", OTHER).close())
    assert watched.look() == [("LOG-FORK", "", ORIGIN)]
    watched.add(demo.close())
    assert watched.look() == [("LOG-FORK", "", ORIGIN)]
    assert watched.look() == []


def test_entries_that_are_not_those_of_the_signed_root(watched: Watched) -> None:
    watched.add(Shop().close())
    entries = watched.directory / "tile/entries/000.p/1"
    entries.write_bytes(entries.read_bytes()[:-1] + b"x")
    assert watched.look() == [("LOG-FORK", "", ORIGIN)]


def test_a_log_that_its_witnesses_did_not_see(watched: Watched) -> None:
    line = CosignerKey("example.com/w", THIEF.public_key).vkey()
    watched.policy = parse_log_policy(f"witness w {line}\nquorum w\n".encode())
    assert watched.look() == [("LOG-KEY", "", ORIGIN)]
    (watched.directory / "checkpoint").write_bytes(b"no checkpoint")
    watched.policy = parse_log_policy(b"quorum none\n")
    assert watched.look() == [("LOG-KEY", "", ORIGIN)]


def test_the_seals_of_a_station_are_compared(watched: Watched) -> None:
    demo = Shop()
    watched.add(first := demo.close())
    hashes = [StationSeal(1, first.digest, 0), StationSeal(2, "2" * 64, 0)]
    assert watched.look(demo=hashes) == []
    watched.now_s = LATE_S + 1
    assert watched.look(demo=hashes) == [("MISSING", "demo", "shift 2")]
    assert watched.look(demo=[StationSeal(1, "1" * 64, 0)]) == [("OTHER", "demo", "shift 1")]


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def hook(status: int, got: list[Any]) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append((self.headers["authorization"], json.loads(body)))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *_args: object) -> None:
            pass

    return HTTPServer(("127.0.0.1", 0), Handler)


def test_findings_are_told_to_a_webhook_until_it_takes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    station, folder = tmp_path / "station", tmp_path / "monitor"
    (station / "keys").mkdir(parents=True)
    folder.mkdir()
    key = create_key(station / "keys/station.key", "a long passphrase", station / "keys/station.pub")
    with closing(make_writer(station, key, clock=SimulatedClock())) as writer:
        run_shift(writer, 2)
    create_log(tmp_path / "log", ORIGIN, {"demo": key.public_key})
    (folder / "token").write_text("secret-of-the-hook\n")
    got: list[Any] = []
    for status, told in ((500, 1), (204, 2), (204, 2)):
        with serving(server := hook(status, got)):
            (folder / "monitor.toml").write_text(
                f'log = "../log"\nkey = "{read_log(tmp_path / "log").key.vkey()}"\nlate_after_min = 1\n'
                f'[stations]\ndemo = "{key.public_key.hex()}"\n[compare]\ndemo = "../station"\n'
                f'[webhook]\nurl = "http://127.0.0.1:{server.server_address[1]}/"\ntoken_file = "token"\n'
            )
            assert main(["ledger", "monitor", str(folder), "--once", "--json"]) == 2
            assert len(got) == told
        document = json.loads(capsys.readouterr().out)
        assert [one["rule"] for one in document["findings"]] == ["MISSING"]
    assert got[0] == got[1]
    assert got[1][0] == "Bearer secret-of-the-hook"
    assert got[1][1]["log"] == ORIGIN


def test_findings_are_told_by_mail() -> None:
    lines: list[str] = []

    class Server(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            data = False
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                word = line.upper()
                lines.append(line)
                if data:
                    data = line != "."
                    self.wfile.write(b"" if data else b"250 ok\r\n")
                    continue
                data = word == "DATA"
                self.wfile.write({"DATA": b"354 go\r\n", "QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))

    with serving(server := socketserver.TCPServer(("127.0.0.1", 0), Server)):
        port = int(server.server_address[1])
        settings = MailSettings(
            host="127.0.0.1", port=port, tls="none", sender="monitor@example.com", to=["qa@example.com"]
        )
        Mail(settings, Path()).tell(ORIGIN, [Finding("TWIN", "entry 3", "another seal", "demo")])
    text = "\n".join(lines)
    assert "rcpt TO:<qa@example.com>" in text and f"Subject: 1 findings in the log {ORIGIN}" in text
    assert "TWIN of demo, entry 3: another seal" in text
    with pytest.raises(LedgerUnreachable):
        Mail(settings, Path()).tell(ORIGIN, [Finding("TWIN", "entry 3", "another seal", "demo")])
    with pytest.raises(LedgerUnreachable):
        Webhook(WebhookSettings(url=f"http://127.0.0.1:{port}/"), Path()).tell(ORIGIN, [])


def test_bad_settings_are_told(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    key = SigningKey.generate()
    for text in (
        "",
        'log = "log"\nkey = "no key"\n',
        f'log = "log"\nkey = "{CosignerKey("a", key.public_key).vkey()}"\n',
        'log = "log"\nkey = "x"\nmore = 1\n',
        'log = "log"\nkey = "x"\n[webhook]\nurl = "http://example.com/"\n',
    ):
        (tmp_path / "monitor.toml").write_text(text)
        assert main(["ledger", "monitor", str(tmp_path), "--once"]) == 3


def test_the_page_says_what_each_finding_means() -> None:
    page = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
    for rule, meaning in RULES.items():
        assert f"| {rule} | {meaning} |" in page
