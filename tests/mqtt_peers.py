# SPDX-License-Identifier: AGPL-3.0-or-later
"""The other end of MQTT: a real broker in a process of its own, a gate before it, and a subscriber."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.rig import until

USER, PASSWORD = "station", "a-word-for-the-broker"
SETTINGS = """\
id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 10485760
max_segment_count = 10
[v4.1]
name = "v4-1"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
{tls}
[v4.1.connections]
connection_timeout_ms = 60000
max_payload_size = 262144
max_inflight_count = 500
dynamic_filters = true
[v4.1.connections.auth]
{user} = "{password}"
"""


def free_port() -> int:
    """A loopback port that nobody listens on now, below those that systems give to outgoing connections."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue  # taken


class Broker:
    """rumqttd; it keeps everything in memory, so that a kill loses its sessions and retained messages."""

    def __init__(self, folder: Path, tls: dict[str, Path] | None = None) -> None:
        self.port = free_port()
        self._file = folder / "broker.toml"
        table = "".join(f'{name} = "{path}"\n' for name, path in (tls or {}).items())
        text = SETTINGS.format(port=self.port, user=USER, password=PASSWORD, tls=f"[v4.1.tls]\n{table}" if tls else "")
        self._file.write_text(text)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Broker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it listens."""
        options = json.dumps({"config_path": str(self._file)})
        command = [sys.executable, "-m", "iotcore._serve", options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        until(self._listens, "the broker listens")

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None and self._process.poll() is None, "the broker died"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class Gate:
    """A TCP relay in front of the broker that can hold back the broker's answers, or be shut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._answers = threading.Event()
        self._answers.set()
        self._shut = False
        self._ended = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, name="gate")]
        self._threads[0].start()

    def __enter__(self) -> Gate:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self.shut()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes `accept`
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def hold_answers(self) -> None:
        """From now on the broker is heard no more."""
        self._answers.clear()

    def shut(self) -> None:
        """Break every connection and let nobody in."""
        with self._lock:
            self._shut = True
            for end in self._sockets:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass  # the other side was faster
            self._sockets.clear()
        self._answers.set()

    def open(self) -> None:
        """Let everybody in again."""
        self._shut = False

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            with self._lock:
                if self._ended:
                    near.close()
                    return
                if self._shut:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self._target), 5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._sockets += [near, far]
            left = [2]
            for source, sink, held in ((near, far, False), (far, near, True)):
                arguments = (source, sink, held, left)
                thread = threading.Thread(target=self._relay, args=arguments, name="gate-relay")
                self._threads.append(thread)
                thread.start()

    def _relay(self, source: socket.socket, sink: socket.socket, held: bool, left: list[int]) -> None:
        try:
            while data := source.recv(65_536):
                if held:
                    self._answers.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # a broken connection is what the gate is for
        with self._lock:
            left[0] -= 1
            if left[0] == 0:
                source.close()
                sink.close()


class Listener:
    """A subscriber to everything, which comes back after the broker did."""

    def __init__(self, port: int, name: str = "listener") -> None:
        self.heard: list[tuple[str, dict[str, Any], bool]] = []
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_disconnect = lambda *_: self._subscribed.clear()
        self._client.on_message = lambda _client, _data, m: self.heard.append(
            (m.topic, json.loads(m.payload), m.retain)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self.wait_subscribed()

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_subscribed(self) -> None:
        """Wait until the broker will tell us everything."""
        assert self._subscribed.wait(60), "no subscription within a minute"

    def wait_unsubscribed(self) -> None:
        """Wait until we know that the broker is gone."""
        until(lambda: not self._subscribed.is_set(), "the broken connection is seen")

    def of(self, *topics: str) -> list[dict[str, Any]]:
        """What was heard live on topics with this last level, in the order of arrival."""
        return [m for topic, m, retained in list(self.heard) if topic.rsplit("/", 1)[1] in topics and not retained]

    def records(self) -> list[dict[str, Any]]:
        """Messages of records, in the order of arrival, repetitions included."""
        return self.of("part", "outcome", "gap", "state", "shift")

    def statuses(self) -> list[tuple[str, str]]:
        """Status and reason, in the order of arrival."""
        return [(message["status"], message["reason"]) for message in self.of("status")]


class Publisher:
    """The publishing process, without a supervisor."""

    def __init__(self, station: Path) -> None:
        self._log = station / "mqtt.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "inspector.publish.process", "--station", str(station)],
                stdin=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self) -> Publisher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.communicate()

    def end(self) -> int:
        """Ask it to end as the supervisor does, and return its exit code."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    @property
    def log(self) -> str:
        """What it and its predecessors said."""
        return self._log.read_text()
