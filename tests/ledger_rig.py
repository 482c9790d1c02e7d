# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shared log and its witnesses as the processes that people start, on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx

from inspector.evidence.keys import SigningKey
from inspector.evidence.log_policy import LogPolicy, parse_log_policy
from inspector.evidence.note import parse_vkey
from ledger_anchor.log.files import read_log
from ledger_anchor.server.client import HttpLog
from ledger_anchor.server.folder import admit_station, create_served_log
from ledger_anchor.web.fetch import http_client
from ledger_anchor.witness.folder import create_witness

ORIGIN = "example.com/shared"
PASSPHRASE = "a passphrase of the tests"


class Server:
    """A process that says where it answers."""

    def __init__(self, *arguments: object) -> None:
        self._arguments = [str(one) for one in arguments]
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "inspector.cli", *self._arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def wait(self) -> dict[str, object]:
        """Its first document, once it is there."""
        assert self.process is not None and self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line == b"}\n":
                break
        assert lines, self.end()
        document: dict[str, object] = json.loads(b"".join(lines))
        assert "url" in document, document
        self.url = str(document["url"])
        return document

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.end()

    def end(self) -> bytes:
        """Told to end; gives what it said on standard error."""
        if self.process is None:
            return b""
        process, self.process = self.process, None
        process.terminate()
        _, said = process.communicate(timeout=20)
        return said


class SharedLog:
    """A folder with a log server and so many witnesses; two of three are its quorum.

    Args:
        folder: Empty.
        stations: Who may write.
        witnesses: How many.
        quorum: How many of them are enough.
    """

    def __init__(self, folder: Path, stations: dict[str, SigningKey], witnesses: int = 3, quorum: int = 2) -> None:
        self.folder, self.log_folder = folder, folder / "log"
        (folder / "passphrase").write_text(PASSPHRASE)
        create_served_log(self.log_folder, ORIGIN)
        self.vkey = read_log(self.log_folder).key.vkey()
        self.tokens = {
            name: admit_station(self.log_folder, name, key.public_key.hex()) for name, key in stations.items()
        }
        self.witnesses = [self._make_witness(number) for number in range(1, witnesses + 1)]
        self.server = Server("ledger", "serve", self.log_folder)
        self._quorum = quorum
        self.policy = parse_log_policy(b"quorum none\n")

    def _make_witness(self, number: int) -> Server:
        folder, secret = self.folder / f"w{number}", self.folder / "passphrase"
        create_witness(folder, f"example.com/w{number}", [self.vkey], PASSPHRASE)
        return Server("ledger", "witness", "run", folder, "--passphrase-file", secret)

    def start(self) -> None:
        """Start the witnesses, then the log with their addresses."""
        for witness in self.witnesses:
            witness.start()
        lines = [f"log {self.vkey}\n"]
        for number, witness in enumerate(self.witnesses, 1):
            lines.append(f"witness w{number} {witness.wait()['vkey']} {witness.url}\n")
            self._keep_port(self.folder / f"w{number}" / "witness.toml", witness.url)
        if self.witnesses:
            names = " ".join(f"w{number}" for number in range(1, len(self.witnesses) + 1))
            lines.append(f"group all-of-them {self._quorum} {names}\nquorum all-of-them\n")
        else:
            lines.append("quorum none\n")
        text = "".join(lines)
        self.policy = parse_log_policy(text.encode())
        (self.log_folder / "witnesses.policy").write_text(text)
        settings = self.log_folder / "server.toml"
        settings.write_text(settings.read_text().replace('witnesses = ""', 'witnesses = "witnesses.policy"'))
        self.server.start()
        self.server.wait()
        self._keep_port(settings, self.server.url)

    def _keep_port(self, settings: Path, url: str) -> None:
        port = url.rsplit(":", 1)[1]
        text = settings.read_text().replace("port = 0", f"port = {port}\nrequests_per_minute = 1000000")
        settings.write_text(text)

    def client(self, station: str, *, policy: LogPolicy | None = None, http: httpx.Client | None = None) -> HttpLog:
        """The station's side of it."""
        key = parse_vkey(self.vkey)
        chosen = self.policy if policy is None else policy
        return HttpLog(self.server.url, key, chosen, self.tokens[station], http or http_client())

    def close(self) -> None:
        with ExitStack() as undo:
            for server in (self.server, *self.witnesses):
                undo.callback(server.end)
