# SPDX-License-Identifier: AGPL-3.0-or-later
"""How soon the screen answers while parts run: `python -m benchmarks.bench_gui`.

A scripted station behind a real api process (each a process of its own) tells a whole window of its state every second,
as on an idle line, or of 20 parts a second with pictures beside that. Rounds of both are interleaved.

Stall: the time between two turns of the event loop of the screens, asked for every 2 ms. Touch: from the press of a
key, told by a thread at any time, until the key is painted as pressed. Verdict: from the event of a part until the tile
that shows its verdict is painted. All are of the offscreen platform of Qt: a compositor and a panel add theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import data_samples
from gui.run.screen import RunScreen
from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.collector import Collector, spare_what_stays
from gui.shell.window import Window
from inspector.api.part_schema import PartEvent
from inspector.ipc import RunDirectory
from inspector.store.database import open_for_writing
from tests.api_station import ApiProcess, FakeStation, make_station, status_document

PARTS_PER_S = 20
PREVIEWS_EVERY = 4
ROUNDS = 5
ROUND_S = 6.0
TICK_MS = 2
TOUCHES_PER_S = 4.0
SIZE = (1920, 1080)
TOUCH_AIM_MS, VERDICT_AIM_MS = 100.0, 200.0
NOTHING_WITHIN_S = 60.0


class Watch(QObject):
    """Measures what happens in the window, in its own thread.

    Args:
        window: It, shown.
        bridge: Its bridge.
    """

    touched = Signal(float)
    """Somebody touches the key now; from any thread, with the time (`perf_counter`)."""

    def __init__(self, window: Window, bridge: Bridge) -> None:
        super().__init__()
        screen = window.screens["run"]
        if not isinstance(screen, RunScreen):
            raise TypeError("the first screen is not the run screen")
        self._tile: QWidget = screen.verdict
        self._key = window.navigation.keys["run"]
        self.gaps_ms: list[float] = []
        self.touches_ms: list[float] = []
        self.verdicts_ms: list[float] = []
        self._touch_s: float | None = None
        self._parts_us: list[int] = []
        self._turned_s: float | None = None
        self._ticks = QTimer(self)
        self._ticks.setTimerType(Qt.TimerType.PreciseTimer)
        self._ticks.timeout.connect(self._turn)
        self.touched.connect(self._touch, Qt.ConnectionType.QueuedConnection)
        bridge.part_came.connect(self._part)
        for widget in (self._tile, self._key):
            widget.installEventFilter(self)

    def begin(self) -> None:
        """Forget what was measured."""
        self.gaps_ms, self.touches_ms, self.verdicts_ms = [], [], []
        self._turned_s, self._touch_s, self._parts_us = None, None, []
        self._ticks.start(TICK_MS)

    def end(self) -> dict[str, list[float]]:
        """What was measured, milliseconds."""
        self._ticks.stop()
        return {"gaps": self.gaps_ms, "touches": self.touches_ms, "verdicts": self.verdicts_ms}

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See `QObject.eventFilter`."""
        if event.type() is QEvent.Type.Paint:
            # The event comes before its painting; the next turn of the loop is behind it.
            if watched is self._key and self._key.isDown() and self._touch_s is not None:
                QTimer.singleShot(0, self, self._answered)
            elif watched is self._tile and self._parts_us:
                painted, self._parts_us = self._parts_us, []
                QTimer.singleShot(0, self, lambda: self._shown(painted))
        return False

    def _turn(self) -> None:
        now_s = time.perf_counter()
        if self._turned_s is not None:
            self.gaps_ms.append((now_s - self._turned_s) * 1e3)
        self._turned_s = now_s

    def _touch(self, pressed_s: float) -> None:
        self._touch_s = pressed_s
        QTest.mousePress(self._key, Qt.MouseButton.LeftButton)

    def _answered(self) -> None:
        if self._touch_s is not None:
            self.touches_ms.append((time.perf_counter() - self._touch_s) * 1e3)
            self._touch_s = None
            QTest.mouseRelease(self._key, Qt.MouseButton.LeftButton)

    def _part(self, part: PartEvent) -> None:
        self._parts_us.append(part.t_us)

    def _shown(self, parts_us: Sequence[int]) -> None:
        now_us = time.time_ns() // 1000
        self.verdicts_ms += [(now_us - t_us) / 1e3 for t_us in parts_us]


class Load:
    """The scripted station, in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.bench_gui", "--send", str(folder)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        _pipe(self._process.stdout).readline()  # it listens

    def rate(self, parts_per_s: int) -> None:
        """So many parts a second from now on."""
        pipe = _pipe(self._process.stdin)
        pipe.write(f"{parts_per_s}\n")
        pipe.flush()

    def close(self) -> None:
        """End it."""
        _pipe(self._process.stdin).close()
        self._process.wait(20)
        _pipe(self._process.stdout).close()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("the process was started without this pipe")
    return pipe


def send(folder: Path) -> None:
    """Be the scripted station until standard input ends; each line of it is a rate."""
    station = FakeStation(RunDirectory(folder))
    picture = next(iter(sorted(data_samples.images_dir().glob("*.jpg")))).read_bytes()
    rate, ended = [0], threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            rate[0] = int(line)
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    print("listens", flush=True)
    seq, told_s = 0, 0.0
    station.status = status_document()
    while not ended.wait(1 / rate[0] if rate[0] else 0.1):
        if time.monotonic() - told_s > 1.0:
            told_s = time.monotonic()
            station.change(shift={"number": 7, "lot": "L-2041", "opened_us": 1_700_000_000_000_000, "parts": seq})
        if rate[0]:
            seq += 1
            station.part(seq, "FAIL" if seq % 25 == 0 else "PASS")
            if seq % PREVIEWS_EVERY == 0:
                station.preview(picture, key=["00" * 8, seq])
    station.close()


def turn_loop(seconds: float, until: Callable[[], bool] | None = None) -> None:
    """Let Qt work for so long, or until something has come.

    Raises:
        TimeoutError: It has not come.
    """
    loop = QEventLoop()
    end_s = time.monotonic() + seconds
    poll = QTimer()
    poll.timeout.connect(lambda: loop.quit() if time.monotonic() > end_s or (until is not None and until()) else None)
    poll.start(20)
    loop.exec()
    poll.stop()
    if until is not None and not until():
        raise TimeoutError("the screen did not hear of the station")


def measure(rounds: int = ROUNDS, round_s: float = ROUND_S) -> dict[str, Any]:
    """Interleaved rounds of an idle screen and of a fast line."""
    app = QApplication.instance() or QApplication(["bench_gui"])
    found: dict[str, list[dict[str, list[float]]]] = {"idle": [], "fast": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_station(folder)
        open_for_writing(folder).close()  # the screen asks for the parts so far
        load = Load(folder)
        api = ApiProcess(folder)
        api.start()
        bridge = Bridge(folder)
        window = Window(bridge, SCREENS)
        window.resize(*SIZE)
        window.show()
        Collector(window)
        spare_what_stays()
        watch = Watch(window, bridge)
        bridge.start()
        try:
            turn_loop(NOTHING_WITHIN_S, lambda: window.screens["run"].status is not None)
            for _ in range(rounds):
                for name, rate in (("idle", 0), ("fast", PARTS_PER_S)):
                    load.rate(rate)
                    turn_loop(0.5)
                    found[name].append(_round(watch, round_s))
        finally:
            window.close()
            bridge.close()
            load.close()
            api.end()
            app.processEvents()
    return _figures(found)


def _round(watch: Watch, round_s: float) -> dict[str, list[float]]:
    dice, over = random.Random(1), threading.Event()

    def touch() -> None:
        while not over.wait(dice.uniform(0.5, 1.5) / TOUCHES_PER_S):
            watch.touched.emit(time.perf_counter())

    finger = threading.Thread(target=touch, name="finger")
    watch.begin()
    finger.start()
    turn_loop(round_s)
    over.set()
    finger.join()
    return watch.end()


def _figures(found: dict[str, list[dict[str, list[float]]]]) -> dict[str, Any]:
    figures: dict[str, Any] = {"parts_per_s": PARTS_PER_S, "window": SIZE}
    for name, rounds in found.items():
        for what in ("gaps", "touches", "verdicts") if name == "fast" else ("gaps", "touches"):
            values = sorted(value for one in rounds for value in one[what])
            if values:
                figures[f"{name}_{what}_ms"] = {
                    "number": len(values),
                    "median": statistics.median(values),
                    "p99": values[-(-len(values) * 99 // 100) - 1],
                    "max": values[-1],
                }
    for what in ("gaps", "touches"):
        figures[f"{what}_p99_ratio"] = figures[f"fast_{what}_ms"]["p99"] / figures[f"idle_{what}_ms"]["p99"]
    return figures


def show(figures: dict[str, Any]) -> None:
    """The figures in words."""
    words = {"gaps": "stall", "touches": "touch to painted", "verdicts": "verdict to painted"}
    for name in ("idle", "fast"):
        for what, title in words.items():
            one = figures.get(f"{name}_{what}_ms")
            if one:
                print(
                    f"{name:5s} {title:20s} median {one['median']:6.1f}  p99 {one['p99']:6.1f}  "
                    f"longest {one['max']:6.1f} ms of {one['number']}"
                )
    for what in ("gaps", "touches"):
        print(f"{words[what]}, p99, {PARTS_PER_S} parts/s against idle: {figures[f'{what}_p99_ratio']:.2f}")
    print(f"aims: touch p99 {TOUCH_AIM_MS:.0f} ms, verdict p99 {VERDICT_AIM_MS:.0f} ms")


def main() -> int:
    """Measure and show; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many rounds of each")
    parser.add_argument("--send", type=Path, metavar="DIR", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send is not None:
        send(arguments.send)
        return 0
    figures = measure(arguments.rounds)
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)
    met = figures["fast_touches_ms"]["p99"] <= TOUCH_AIM_MS and figures["fast_verdicts_ms"]["p99"] <= VERDICT_AIM_MS
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
