# SPDX-License-Identifier: AGPL-3.0-or-later
"""A scripted station behind a real api process, for tests of the api and of the screens."""

from __future__ import annotations

import base64
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from inspector.api.client import ApiClient
from inspector.errors import ApiError
from inspector.ipc import EventKind, Hub, Message, RunDirectory

SETTINGS = """
recipe = "recipe.toml"
[station]
name = "st1"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "camera.toml"
[detector]
package = "model"
[plant]
images = "images"
"""

JPEG = base64.b64encode(bytes.fromhex("ffd8ffdb")).decode()


def status_document(**changes: object) -> dict[str, object]:
    """A station that is ready with an open shift."""
    document: dict[str, object] = {
        "station": "st1",
        "state": "RUNNING",
        "ready": True,
        "reasons": [],
        "simulated": True,
        "shift": {"number": 7, "lot": "L-2041", "opened_us": 1_700_000_000_000_000, "parts": 412},
        "counts": {"PASS": 397, "FAIL": 14, "NO_DECISION": 1},
        "outcomes": {"accept": 397, "reject": 15, "good": 396, "reject_lane": 15, "unknown": 1},
        "production": {
            "hour": {"PASS": 310, "FAIL": 9, "NO_DECISION": 1},
            "lot": {"lot": "L-2041", "shifts": 3, "counts": {"PASS": 12_397, "FAIL": 214, "NO_DECISION": 11}},
            "reject_rate": {
                "parts": 320,
                "rejected": 10,
                "band": {"low_ppm": 9_000, "mean_ppm": 24_000, "high_ppm": 48_000},
                "no_band": None,
                "hours": 42,
                "hours_needed": 20,
            },
        },
        "rejects_in_row": {"count": 2, "limit": 5},
        "latency_us": {"p50": 48_000, "p99": 92_000, "max": 131_000, "worst": 188_000},
        "deadline_us": 700_000,
        "cameras": [{"name": "cam1", "ready": True, "reason": "", "simulated": True, "model": "SIM", "serial": "S1"}],
        "line": {"connected": True, "ready": True, "plc_count": 412},
        "key": "unlocked",
        "ledger": {
            "sealed": 6,
            "anchored": 6,
            "oldest_unanchored_s": None,
            "anchored_us": time.time_ns() // 1000 - 720_000_000,
        },
        "disk": {"free_mb": 81_000},
        "model": {"name": "disc-demo", "digest": "ab" * 32},
        "recipe": {"name": "disc", "digest": "cd" * 32},
    }
    return document | changes


IDLE = {
    "state": "IDLE",
    "ready": False,
    "shift": None,
    "counts": {},
    "reasons": [{"code": "NO_SHIFT", "message": "no shift is open", "advice": "open a shift"}],
}


def recipe_list(in_force: str = "disc", blocked: str = "", code: str = "") -> dict[str, Any]:
    """Two released recipes, of which one may be blocked; a code that begins with R means the ring."""

    def one(product: str, number: int) -> dict[str, object]:
        letter = product[0]
        problem = {"code": "CHANGE_UNAPPROVED", "message": "1 change waits", "advice": "ask quality"}
        return {
            "product": product,
            "name": product,
            "version": "3",
            "number": number,
            "digest": f"{number:02d}" * 32,
            "model": {"name": f"{product}-demo", "version": "1", "digest": f"{number + 10}" * 32},
            "picture": product == "ring",
            "challenge": False,
            "codes": [f"{letter.upper()}*"],
            "in_force": product == in_force,
            "meant": code[:1] == letter.upper(),
            "blocked": problem if product == blocked else None,
        }

    return {"in_force": in_force, "changing_to": None, "recipes": [one("disc", 7), one("ring", 8)]}


class FakeStation:
    """Listens as "station", answers commands from a table, sends the events it is told to.

    Args:
        run: The run folder; its secret must be there.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.status = status_document(**IDLE)
        self.requests: list[Message] = []
        self.told: list[Message] = []
        self.silent = False
        self.unanswered: set[str] = set()
        self.answers: dict[str, Callable[[Message], dict[str, object]]] = {
            "status": lambda _request: self.status,
            "shift-open": self._open,
            "shift-close": self._close,
        }
        self.errors: dict[str, dict[str, str]] = {}
        self.subscribed = threading.Event()
        self._hub = Hub(run, "station")
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="fake-station")
        self._hub.listen()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._hub.close()

    def event(self, name: str, data: dict[str, object]) -> None:
        for peer in self._hub.peers():
            self._hub.send(peer, {"type": "event", "name": name, "data": data})

    def change(self, **changes: object) -> None:
        """A new state, told at once."""
        self.status = self.status | changes
        self.event("state", self.status)

    def part(self, seq: int, verdict: str = "PASS", **changes: object) -> None:
        document: dict[str, object] = {
            "key": ["00" * 8, seq],
            "plc_count": seq,
            "verdict": verdict,
            "reason": "" if verdict == "PASS" else "dent 0.93",
            "serial": f"SN-{seq:06d}",
            "boxes": [],
            "camera": "cam1",
            "image": None,
            "seq": seq,
            "t_us": time.time_ns() // 1000,
        }
        self.event("part", document | changes)

    def preview(self, jpeg: bytes, **changes: object) -> None:
        document: dict[str, object] = {
            "camera": "cam1",
            "width": 640,
            "height": 640,
            "jpeg": base64.b64encode(jpeg).decode(),
            "boxes": [],
            "verdict": "PASS",
            "key": ["00" * 8, 1],
        }
        self.event("preview", document | changes)

    def _open(self, request: Message) -> dict[str, object]:
        lot = request["arguments"]["lot"]
        self.change(
            state="RUNNING",
            ready=True,
            reasons=[],
            shift={"number": 8, "lot": lot, "opened_us": time.time_ns() // 1000, "parts": 0},
        )
        return {"shift": 8, "seq": 1}

    def _close(self, _request: Message) -> dict[str, object]:
        self.change(**IDLE)
        verdicts = {"PASS": 397, "FAIL": 15}
        return {
            "shift": 8,
            "parts": 412,
            "counts": {
                "parts": 412,
                "gap_parts": 0,
                "verdicts": verdicts,
                "outcomes": {"accept": 397, "reject": 15},
            },
            "seal": "ef" * 32,
            "sealed": "sealed",
            "reconciliation": {
                "plc_count": 412,
                "station": 412,
                "difference": 0,
                "note": "",
                "independent": {"established_by": ["infeed", "lanes", "camera:cam1"]},
            },
        }

    def _loop(self) -> None:
        while not self._closing.is_set():
            event = self._hub.receive(0.1)
            if event is None or event.kind is not EventKind.MESSAGE:
                continue
            if event.message["type"] == "subscribe":
                self.subscribed.set()
                self._hub.send(event.peer, {"type": "event", "name": "state", "data": self.status})
            elif not self.silent:
                self._answer(event.peer, event.message)

    def _answer(self, peer: str, request: Message) -> None:
        command = request["command"]
        if request["id"] == "told":  # nobody waits for an answer
            self.told.append(request)
            return
        if request["id"] != "poll":
            self.requests.append(request)
        if command in self.unanswered:
            return
        answer: Message = {"type": "response", "id": request["id"]}
        if command in self.errors:
            answer |= {"ok": False, "error": self.errors[command]}
        else:
            answer |= {"ok": True, "result": self.answers[command](request)}
        self._hub.send(peer, answer)


class ApiProcess:
    """A real api process of a station directory."""

    def __init__(self, station: Path) -> None:
        self.station = station
        self.run = RunDirectory(station)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, wait: bool = True) -> None:
        self._log = (self.station / "api.log").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inspector.api.process", "--station", str(self.station)],
            stdin=subprocess.PIPE,
            stderr=self._log,
        )
        if wait:
            self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        with ApiClient(self.station) as client:
            for _ in range(600):
                if self._process is not None and self._process.poll() is not None:
                    raise AssertionError(self.log())
                try:
                    client.status()
                except ApiError:
                    time.sleep(0.05)
                else:
                    return
        raise AssertionError(f"the api did not come up: {self.log()}")

    def wait_for_listener(self) -> bool:
        """Until somebody is connected to the api and stays so, as a screen does."""
        assert self._process is not None
        port = self.run.port_of("api")
        process = psutil.Process(self._process.pid)
        for _ in range(600):
            connected = [c for c in process.net_connections("tcp") if c.laddr.port == port and c.raddr]
            if any(c.status == psutil.CONN_ESTABLISHED for c in connected):
                return True
            time.sleep(0.05)
        return False

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._reap()

    def terminate(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self._reap()

    def end(self) -> int:
        """Close its standard input, as a supervisor does; the exit code."""
        if self._process is None:
            return 0
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._reap()

    def log(self) -> str:
        return (self.station / "api.log").read_text()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.run.port_of('api')}"

    @property
    def token(self) -> str:
        return (self.run.path / "api-token").read_text()

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _reap(self) -> int:
        process, self._process = self._process, None
        assert process is not None
        code = process.wait(20)
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        self._log.close()
        return code


def make_station(folder: Path, api: str = "") -> RunDirectory:
    """A station directory that the api can start in."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.toml").write_text(SETTINGS + api)
    run = RunDirectory(folder)
    run.create_secret()
    return run
