# SPDX-License-Identifier: Apache-2.0
"""Client of the simulated camera's control channel: edges, outputs, counters, faults (docs/simulator.md)."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from types import TracebackType

from .errors import SimulatorError

REPLY_LIMIT = 4096
RETRY_S = 0.02


class _ClosedError(Exception):
    """The connection ended before a reply; what was sent may not have been executed."""


class SimulatorControl:
    """One connection to the process that has the simulated camera loaded.

    The endpoint file is read again at each connection, so that a restarted camera process is found. When the
    connection turns out to be dead, it is made anew, once, and the command repeated.

    Args:
        endpoint_file: File that the producer writes (INSPECTOR_SIMULATOR_ENDPOINT in its environment).
        timeout_s: Longest time for connecting and one reply. Covers a camera process that is still starting,
            except for `pulse`.
    """

    def __init__(self, endpoint_file: Path, timeout_s: float = 5.0) -> None:
        self._endpoint_file = endpoint_file
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def __enter__(self) -> SimulatorControl:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def pulse(self, camera: int, line: str = "Line0", scene: int | None = None, t_ns: int | None = None) -> int:
        """Give one pulse on an input line: a rising edge, at once followed by the falling one.

        Args:
            camera: Index of the camera, 0 or 1.
            line: Name of the input line.
            scene: Number of the image in front of the camera for this exposure; the next in order when None.
            t_ns: When the edge was, nanoseconds of `time.perf_counter_ns`, at most a second ago; now when None. The
                exposure has this time, however late the command arrives, as with a wire.

        It is not kept for a camera process that is not there, because a wire does not remember.

        Returns:
            Time of the edge, nanoseconds of `time.perf_counter_ns`.

        Raises:
            SimulatorError: When the camera process cannot be reached or refuses the command.
        """
        words = ["PULSE", str(camera), line]
        if scene is not None:
            words.append(f"scene={scene}")
        if t_ns is not None:
            words.append(f"t_ns={t_ns}")
        return self._numbers(words, patient=False)["t_ns"]

    def set_line(self, camera: int, line: str, level: bool | None) -> None:
        """Hold a line at a level.

        Args:
            camera: Index of the camera.
            line: Line0, the input, or an output line: that is then a short circuit, whatever drives it.
            level: The level; None ends the short circuit.

        Raises:
            SimulatorError: See `pulse`.
        """
        self._ask(["LINE", str(camera), line, "open" if level is None else str(int(level))])

    def fault(
        self,
        camera: int,
        name: str,
        n: int | None = None,
        ms: int | None = None,
        percent: int | None = None,
        radius: int | None = None,
    ) -> None:
        """Make the next frames faulty, or the camera lost.

        Args:
            camera: Index of the camera.
            name: lost-frame, duplicate-id, incomplete, frozen, late, dark, wrong-size, brightness, defocus, underrun,
                device-lost or device-back.
            n: Number of frames; 1 when None.
            ms: Delay of `late`, or time after which a lost device comes back by itself.
            percent: Light that `brightness` takes away, 0 to 100; 50 when None.
            radius: Of the blur of `defocus`, px, 0 to 255; 3 when None.

        Raises:
            SimulatorError: See `pulse`.
        """
        words = ["FAULT", str(camera), name]
        options = {"n": n, "ms": ms, "percent": percent, "radius": radius}
        self._ask(words + [f"{option}={value}" for option, value in options.items() if value is not None])

    def outputs(self, camera: int) -> dict[str, bool]:
        """Levels of UserOutput0, UserOutput1 and Line0 to Line3.

        Raises:
            SimulatorError: See `pulse`.
        """
        return {name: value != 0 for name, value in self._numbers(["OUTPUTS", str(camera)]).items()}

    def strobe(self, camera: int, line: str) -> dict[str, int]:
        """What an output line did whose source is ExposureActive or Timer0Active.

        Returns:
            `pulses` since the camera process started; of the last one `delay_ns`, from the start of its exposure, and
            `length_ns`.

        Raises:
            SimulatorError: See `pulse`.
        """
        return self._numbers(["STROBE", str(camera), line])

    def counters(self, camera: int) -> dict[str, int]:
        """Counters as configured (Counter0, Counter1), and totals since the camera process started.

        Raises:
            SimulatorError: See `pulse`.
        """
        return self._numbers(["COUNTERS", str(camera)])

    def status(self) -> dict[str, str]:
        """State of each camera (`SimCam-0`: idle, open, acquiring or lost), number and size of its images.

        Raises:
            SimulatorError: See `pulse`.
        """
        return self._ask(["STATUS"])

    def close(self) -> None:
        """End the connection; the next command makes a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _numbers(self, words: list[str], patient: bool = True) -> dict[str, int]:
        try:
            return {name: int(value) for name, value in self._ask(words, patient).items()}
        except ValueError as error:
            raise self._garbage(words) from error

    def _ask(self, words: list[str], patient: bool = True) -> dict[str, str]:
        reply = self._exchange(" ".join(words), patient)
        head, *fields = reply.split(" ")
        if head == "ERR":
            raise SimulatorError(f"the simulated camera refused {' '.join(words)}: {reply[4:]}", "Correct the command")
        pairs = [field.partition("=") for field in fields]
        if head != "OK" or not all(separator for _, separator, _ in pairs):
            raise self._garbage(words)
        return {name: value for name, _, value in pairs}

    def _garbage(self, words: list[str]) -> SimulatorError:
        self.close()
        return SimulatorError(
            f"what listens at {self._endpoint_file} did not answer {words[0]} as a simulated camera does",
            "Remove the file and restart the camera process",
        )

    def _exchange(self, line: str, patient: bool) -> str:
        deadline = time.monotonic() + self._timeout_s
        while True:
            fresh = self._socket is None
            connection = self._connect(deadline, patient)
            try:
                return self._send(connection, line, deadline)
            except (_ClosedError, ConnectionError) as error:
                self.close()
                if fresh:
                    raise self._unreachable(str(error)) from error
            except (OSError, UnicodeDecodeError) as error:
                self.close()
                raise self._unreachable(str(error)) from error

    def _send(self, connection: socket.socket, line: str, deadline: float) -> str:
        connection.settimeout(max(deadline - time.monotonic(), RETRY_S))
        connection.sendall(line.encode("ascii") + b"\n")
        received = bytearray()
        while not received.endswith(b"\n"):
            part = connection.recv(REPLY_LIMIT)
            if not part or len(received) > REPLY_LIMIT:
                raise _ClosedError("the connection was closed before the reply")
            received += part
        return received[:-1].decode("ascii")

    def _connect(self, deadline: float, patient: bool) -> socket.socket:
        """Connect; when patient, wait for the file and the listener of a process that is still starting."""
        while self._socket is None:
            left_s = max(deadline - time.monotonic(), RETRY_S)
            try:
                self._socket = socket.create_connection(("127.0.0.1", self._read_port()), timeout=left_s)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except (OSError, ValueError) as error:
                if not patient or time.monotonic() + RETRY_S >= deadline:
                    raise self._unreachable(str(error)) from error
                time.sleep(RETRY_S)
        return self._socket

    def _read_port(self) -> int:
        content = json.loads(self._endpoint_file.read_text(encoding="utf-8"))
        port = content.get("port") if isinstance(content, dict) else None
        if not isinstance(port, int) or not 0 < port < 65536:
            raise ValueError("the endpoint file names no port")
        return port

    def _unreachable(self, reason: str) -> SimulatorError:
        return SimulatorError(
            f"the simulated camera at {self._endpoint_file} cannot be reached: {reason}",
            "Start the camera process with INSPECTOR_SIMULATOR_ENDPOINT set to this file",
        )
