# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole station with real processes, and the oracle that says afterwards whether it kept its promises."""

from __future__ import annotations

import json
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import psutil

import camera_configs
import data_samples
from inspector.cli.control import StationControl
from inspector.errors import InspectorError, ShiftError
from inspector.evidence.record import pixel_digest
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station
from inspector.line.plant.feed import ALTERED
from inspector.line.plant.truth import PartTruth, read_truth
from inspector.station_directory import UNATTENDED_STOPS, NewStation, create_station

PATIENCE_S = 60.0
NOTE = "faults of the test explain what counts differ"


def until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something that has to come; the limit only ends a hopeless test.

    The longer the wait has been, the more seldom it looks: looking costs the station under test its processor.
    """
    started = time.monotonic()
    while not condition():
        waited = time.monotonic() - started
        if waited > patience_s:
            raise AssertionError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(min(5.0, 0.02 + waited / 20))


@dataclass(frozen=True)
class StoredPart:
    """A part record as the tests need it."""

    plc_count: int
    verdict: str
    image_digest: str | None
    camera_bad: bool


class StationRig:
    """`inspector run` on a fresh station directory, as a process of its own.

    Use as a context manager; leaving it ends every process.

    Args:
        directory: The new station directory.
        model: Model package; the demo model if not given.
        stops: The `[stops]` table. If not given the line is never stopped for many rejects or faults, because the
            samples are half bad and tests inject faults on purpose.
        cameras: How many cameras show each part.
        plant: The `[plant]` table beside what the rig needs.
    """

    def __init__(
        self,
        directory: Path,
        model: Path | None = None,
        stops: Mapping[str, int] = UNATTENDED_STOPS,
        cameras: int = 1,
        **plant: Any,
    ) -> None:
        self.directory = directory
        passphrase = secrets.token_urlsafe(16)
        new = NewStation(
            name="rig",
            model=model or data_samples.model_dir(),
            recipe=data_samples.recipe_file(),
            features=camera_configs.path("simulated"),
            images=data_samples.images_dir(),
            passphrase_file="keys/passphrase",
            stops=stops,
            serials=("",) * cameras,
        )
        create_station(directory, new, passphrase)
        (directory / "keys" / "passphrase").write_text(passphrase)
        path = directory / "station.toml"
        text = path.read_text().split("rate_ppm")[0]
        options = {"rate_ppm": 300, "parts": 0, "seed": 1, **plant}
        text += "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items())
        text += '[clock]\nsynchronised = "ignore"\n'  # the same on every computer
        path.write_text(text)
        self.supervisor: subprocess.Popen[bytes] | None = None

    @classmethod
    def attached(cls, directory: Path) -> StationRig:
        """The oracle and the tools for a station that somebody else has made and runs."""
        rig = cls.__new__(cls)
        rig.directory, rig.supervisor = directory, None
        return rig

    def __enter__(self) -> StationRig:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # Running it

    def start(self) -> None:
        """Start the supervisor."""
        with (self.directory / "logs" / "supervisor.log").open("ab") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, "-m", "inspector.cli", "run", "--station", str(self.directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self) -> None:
        """End the supervisor in order and check that nobody stayed behind."""
        if self.supervisor is None:
            return
        family = self.family()
        self.supervisor.send_signal(signal.SIGTERM)
        self.supervisor.wait(30)
        self.supervisor = None
        assert_gone(family)

    def kill_supervisor(self) -> None:
        """Kill -9; its children have to end by themselves."""
        assert self.supervisor is not None
        family = self.family()
        self.supervisor.kill()
        self.supervisor.wait()
        self.supervisor = None
        assert_gone(family)

    def family(self) -> list[psutil.Process]:
        """The supervisor and its children."""
        assert self.supervisor is not None
        try:
            supervisor = psutil.Process(self.supervisor.pid)
            return [supervisor, *supervisor.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def pid(self, role: str) -> int | None:
        """Process number of a role, None while it is down."""
        try:
            table = json.loads((self.directory / "run" / "processes.json").read_bytes())
        except FileNotFoundError:
            return None
        return int(table[role]["pid"]) if role in table else None

    def restarts(self) -> dict[str, int]:
        """How often the supervisor has started each role anew."""
        table = json.loads((self.directory / "run" / "processes.json").read_bytes())
        return {role: int(process["restarts"]) for role, process in table.items()}

    def kill(self, role: str) -> None:
        """Kill -9 one process; the supervisor starts another."""
        pid = self.pid(role)
        if pid is None:
            return
        try:
            psutil.Process(pid).kill()
        except psutil.NoSuchProcess:
            return  # it is between two lives already

    # Talking to it

    def control(self) -> StationControl:
        """A connection to the station process, as soon as it is there."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return StationControl(self.directory, connect_within_s=5)
            except InspectorError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def status(self) -> dict[str, Any]:
        """The status document."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self.control() as control:
                    return control.request("status")
            except InspectorError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)  # the station is being killed by the test

    def wait_ready_to_open(self) -> None:
        """Wait until only the shift is missing."""
        until(lambda: {reason["code"] for reason in self.status()["reasons"]} <= {"NO_SHIFT"}, "devices ready")

    def wait_ready(self) -> None:
        """Wait until the station is Ready, in an open shift."""
        until(lambda: bool(self.status()["ready"]), "Ready")

    def stop_belt(self) -> None:
        """Feed no more parts: the plant starts anew with a number of parts that it has fed already."""
        path = self.directory / "station.toml"
        path.write_text(path.read_text().replace("\nparts = 0\n", "\nparts = 1\n"))
        self.kill("plant")

    def wait_line_quiet(self) -> None:
        """Wait until every part that the plant counted is recorded, or is a gap, and has reached a lane."""

        def quiet() -> bool:
            records = self.all_records()
            done = sum(1 for record in records if record["type"] == "outcome")
            parts = sum(1 for record in records if record["type"] == "part")
            gaps = sum(record["count"] for record in records if record["type"] == "gap")
            return done == parts and parts + gaps == max((part.plc_count for part in self.truth()), default=0)

        until(quiet, "every part recorded")

    def open_shift(self) -> None:
        """Open a shift; a camera that is lost just now is waited for, as a person would."""

        def opened() -> bool:
            self.wait_ready_to_open()
            with self.control() as control:
                try:
                    control.request("shift-open", lot="L1", operator="op-1")
                except ShiftError as error:
                    if "the camera is gone" not in str(error):
                        raise
                    return False
            return True

        until(opened, "an open shift")

    def close_shift(self, note: str = NOTE, removed_by_hand: int = 0) -> dict[str, Any]:
        """Close the shift and return what the station says of it."""
        with self.control() as control:
            return control.request("shift-close", operator="op-1", note=note, removed_by_hand=removed_by_hand)

    def wait_parts(self, parts: int, patience_s: float = PATIENCE_S) -> None:
        """Wait until the plant has seen this many parts reach a lane."""
        until(lambda: sum(1 for part in self.truth() if part.lane) >= parts, f"{parts} parts in lanes", patience_s)

    def wait_anchored(self) -> None:
        """Wait until every seal has a receipt."""

        def anchored() -> bool:
            ledger = self.status()["ledger"]
            return bool(ledger["anchored"] >= ledger["sealed"] > 0)

        until(anchored, "seal on the ledger")

    # The oracle

    def truth(self) -> list[PartTruth]:
        """What really happened to each part."""
        return read_truth(self.directory / "run")

    def records(self, kind: str) -> list[dict[str, Any]]:
        """All records of a type, parsed."""
        return [record for record in self.all_records() if record["type"] == kind]

    def all_records(self) -> list[dict[str, Any]]:
        """All records, parsed, in order."""
        connection = sqlite3.connect(f"file:{self.directory / 'records.sqlite'}?mode=ro", uri=True)
        try:
            return [json.loads(row[0]) for row in connection.execute("SELECT bytes FROM record ORDER BY seq")]
        finally:
            connection.close()

    def verify(self) -> VerificationReport:
        """Verify the directory."""
        return verify_station(self.directory)

    def check_promises(self) -> Counter[str]:
        """One record per part, nothing unjudged in the good lane, the right picture, a chain that verifies.

        Returns:
            Parts by verdict.
        """
        truth = {part.plc_count: part for part in self.truth()}
        parts = self.records("part")
        accounted = Counter(int(part["plc_count"]) for part in parts)
        for gap in self.records("gap"):
            accounted.update(range(gap["first_plc_count"], gap["first_plc_count"] + gap["count"]))
        assert [count for count, times in accounted.items() if times != 1] == [], "a part was recorded twice"
        assert sorted(set(truth) - set(accounted)) == [], "parts of the plant without a record"
        keys = Counter((part["key"]["line_boot"], part["key"]["part_seq"]) for part in parts)
        assert max(keys.values(), default=1) == 1
        verdicts = {int(part["plc_count"]): part["verdict"] for part in parts}
        good = [part.plc_count for part in truth.values() if part.lane == "good"]
        let_through = ("PASS", "BYPASSED")
        unjudged = [count for count in good if verdicts.get(count) not in let_through]
        assert unjudged == [], "unjudged parts in the good lane"
        self._check_pictures(truth, parts)
        report = self.verify()
        assert report.exit_code == 0, "\n".join(str(finding) for finding in report.findings[:10])
        assert leftover_rings(self.directory) == []
        return Counter(verdicts.values())

    def _check_pictures(self, truth: dict[int, PartTruth], parts: list[dict[str, Any]]) -> None:
        """The pictures of a PASS are those of that very part, unless a camera was told to alter them."""
        digests: dict[tuple[str, int], str] = {}
        for part in parts:
            real = truth.get(int(part["plc_count"]))
            if real is None or real.disturbance in ALTERED or part["verdict"] != "PASS":
                continue
            for view in part["views"]:
                place = (view["camera"], real.scene)
                if place not in digests:
                    folder = self.directory / "run" / "simulator" / view["camera"]
                    (file,) = folder.glob(f"{real.scene:06d}-*.pgm")
                    pixels = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
                    digests[place] = pixel_digest("Mono8", pixels, *pixels.shape)
                assert view["image"]["digest"] == digests[place], f"part {real.plc_count} has another's picture"


def assert_gone(family: list[psutil.Process]) -> None:
    """All these processes end."""
    _, alive = psutil.wait_procs(family, timeout=60)
    names = [process.cmdline() for process in alive]
    for process in alive:
        process.kill()
    assert names == [], f"processes left behind: {names}"


def leftover_rings(directory: Path) -> list[str]:
    """Shared memory of this station that still exists while no station runs."""
    state = directory / "run" / "rings.json"
    names = json.loads(state.read_bytes()) if state.exists() else []
    return [name for name in names if (Path("/dev/shm") / name).exists()]
