# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector demo`: one inspection shift with the simulated camera and plant, from edge to verified record."""

from __future__ import annotations

import argparse
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import camera_configs
import data_samples
from inspector.cli.confusion import confusion
from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.simulated_reviews import REVIEWER, Reviewed, review_shift
from inspector.cli.verify import say_report, verify_with_progress
from inspector.config import load_config
from inspector.detect.package import ModelPackage
from inspector.errors import ChannelError, ConfigError, CountsDiffer, ShiftError
from inspector.evidence.verify.report import VerificationReport
from inspector.ipc.rundir import write_private
from inspector.recipe.generic import generic_recipe
from inspector.station_directory import UNATTENDED_STOPS, NewStation, create_station
from inspector.store.read import RecordReader
from inspector.supervisor import Supervisor

DEVICES_WITHIN_S = 60.0
PARTS_PATIENCE_S = 30.0
ANCHORED_WITHIN_S = 30.0
CREDENTIAL = "keys/passphrase"


def add_parsers(subparsers: Any) -> None:
    """Add `demo`."""
    parser = subparsers.add_parser("demo", help="run an inspection shift with the simulated camera, then verify it")
    parser.add_argument("--images", type=Path, metavar="DIR", help="pictures of the parts (default: the samples)")
    parser.add_argument("--model", type=Path, metavar="PACKAGE", help="model package (default: the demo model)")
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="recipe (default: the demo recipe)")
    parser.add_argument("--station", type=Path, metavar="DIR", help="keep the station here (default: ./demo-station)")
    parser.add_argument("--parts", type=_positive, default=100, help="parts of the shift (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="order of the parts (default: 1)")
    parser.add_argument("--rate", type=_positive, default=200, metavar="PPM", help="parts per minute (default: 200)")
    parser.add_argument("--headless", action="store_true", help="no run screen, even where there is a display")
    add_json(parser)
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Make a station, run a shift, seal it, anchor it, verify it."""
    output = Output(as_json=arguments.json)
    directory = _fresh_directory(arguments.station)
    _make_station(directory, arguments)
    output.say(f"A station in {directory}: SIMULATED camera and plant, model {_model_name(directory)}.")
    with _running(directory) as supervisor, _screen(directory, arguments, output):
        status, sealed, reviewed = _shift(supervisor, arguments.parts, output)
    report = verify_with_progress(directory, output)
    return _conclude(directory, status, sealed, reviewed, report, output)


def _model_name(directory: Path) -> str:
    package = ModelPackage.load(directory / load_config(directory).detector.package)
    return f"{package.name} {package.version}"


def _fresh_directory(wanted: Path | None) -> Path:
    """A directory for the demo; an earlier demo's is replaced, anything else is never touched."""
    directory = (wanted or Path("demo-station")).resolve()
    if directory.exists() and any(directory.iterdir()):
        if wanted is not None or not (directory / "DEMO").is_file():
            raise ConfigError(f"{directory} is not empty", "Choose a new directory with --station")
        shutil.rmtree(directory)
    return directory


def _make_station(directory: Path, arguments: argparse.Namespace) -> None:
    passphrase = secrets.token_urlsafe(24)
    new = NewStation(
        name="demo",
        model=arguments.model or data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=arguments.images or data_samples.images_dir(),
        rate_ppm=arguments.rate,
        parts=arguments.parts,
        seed=arguments.seed,
        passphrase_file=CREDENTIAL,
        # The pictures may be anyone's, the computer may be busy, and nobody is there to reset a stop: the demo shows
        # how many parts were rejected or late, where a real station would stop.
        stops=UNATTENDED_STOPS,
    )
    with _recipe(arguments) as recipe:
        create_station(directory, replace(new, recipe=recipe), passphrase)
    write_private(directory / CREDENTIAL, passphrase.encode())
    (directory / "DEMO").write_text("Made by `inspector demo`, which may replace it.\n", encoding="utf-8")


@contextmanager
def _recipe(arguments: argparse.Namespace) -> Iterator[Path]:
    """The recipe that was asked for; for a model without one, a recipe in which any finding rejects."""
    if arguments.recipe is not None or arguments.model is None:
        yield arguments.recipe or data_samples.recipe_file()
        return
    package = ModelPackage.load(arguments.model)
    floor_ppm = package.manifest.thresholds.score_ppm
    with tempfile.TemporaryDirectory(prefix="inspector-") as folder:
        path = Path(folder) / "generic.toml"
        path.write_text(generic_recipe(package.name, package.classes, floor_ppm), encoding="utf-8")
        yield path


@contextmanager
def _running(directory: Path) -> Iterator[Supervisor]:
    """The station's processes, for as long as the block lasts."""
    supervisor = Supervisor(directory)
    stop = threading.Event()
    worker = threading.Thread(target=supervisor.run, args=(stop,), name="supervisor")
    worker.start()
    try:
        yield supervisor
    finally:
        stop.set()
        worker.join()


@contextmanager
def _screen(directory: Path, arguments: argparse.Namespace, output: Output) -> Iterator[None]:
    """The run screen, where there is a display and PySide6."""
    display = sys.platform == "win32" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if arguments.headless or arguments.json or not display or find_spec("PySide6") is None:
        yield
        return
    log = (directory / "logs" / "gui.log").open("ab")
    command = [sys.executable, "-m", "inspector.cli", "gui", "--station", str(directory)]
    with log, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            if process.wait() not in (0, -15, 1):
                output.say(f"The run screen ended with code {process.returncode}; see {directory / 'logs' / 'gui.log'}")


def _shift(supervisor: Supervisor, parts: int, output: Output) -> tuple[dict[str, Any], dict[str, Any], Reviewed]:
    """Open a shift, wait for all parts, have them reviewed, close it, wait for the ledger."""
    with _control(supervisor) as control, output.progress() as progress:
        task = progress.add_task("Inspect", total=parts, note="starting")
        _wait_for_devices(supervisor, control)
        control.request("shift-open", lot="DEMO-LOT", operator="demo-operator")
        _wait_for_parts(control, parts, lambda done, note: progress.update(task, completed=done, note=note))
        progress.update(task, note="reviewing parts")
        reviewed = review_shift(supervisor.station, control)
        progress.update(task, note="closing the shift")
        status = control.request("status")
        sealed = _close_shift(control)
        progress.update(task, note="anchoring the seal")
        status["ledger"] = _wait_for_ledger(control)
        progress.update(task, note="sealed")
    return status, sealed, reviewed


def _close_shift(control: StationControl) -> dict[str, Any]:
    """Close it; where counts differ, the note says that nobody was there to look into it."""
    try:
        return control.request("shift-close", operator="demo-operator", note="")
    except CountsDiffer as error:
        note = f"the demo closes by itself; {error.message}"[:200]
        return control.request("shift-close", operator="demo-operator", note=note)


def _control(supervisor: Supervisor) -> StationControl:
    deadline = time.monotonic() + DEVICES_WITHIN_S
    while True:
        _raise_refusals(supervisor)
        try:
            return StationControl(supervisor.station, connect_within_s=0.5)
        except ChannelError:
            if time.monotonic() > deadline:
                raise


def _raise_refusals(supervisor: Supervisor) -> None:
    """A process that refuses its settings or devices will not become ready by waiting."""
    for role, words in supervisor.refusals().items():
        raise ConfigError(f"{role} cannot start: {words}", f"Log: {supervisor.station / 'logs' / (role + '.log')}")


def _wait_for_devices(supervisor: Supervisor, control: StationControl) -> None:
    deadline = time.monotonic() + DEVICES_WITHIN_S
    while True:
        _raise_refusals(supervisor)
        status = control.request("status")
        reasons = [reason for reason in status["reasons"] if reason["code"] != "NO_SHIFT"]
        if not reasons:
            return
        if time.monotonic() > deadline:
            raise ShiftError(f"the station does not become ready: {reasons[0]['message']}", reasons[0]["advice"])
        time.sleep(0.05)


def _wait_for_parts(control: StationControl, parts: int, show: Any) -> None:
    """Wait until every part has its outcome; give up when nothing moves for half a minute."""
    done, moved = -1, time.monotonic()
    while done < parts:
        status = control.request("status")
        outcomes = status["outcomes"]
        now_done = int(outcomes["accept"]) + int(outcomes["reject"])
        if status["stopped"]:
            raise ShiftError(f"the line was stopped: {status['reasons'][0]['message']}", status["reasons"][0]["advice"])
        if now_done != done:
            done, moved = now_done, time.monotonic()
        elif time.monotonic() - moved > PARTS_PATIENCE_S:
            raise ShiftError(
                f"only {done} of {parts} parts came through", "Look into the logs folder of the demo station"
            )
        counts = status["counts"]
        show(done, f"PASS {counts['PASS']}  FAIL {counts['FAIL']}")
        time.sleep(0.1)


def _wait_for_ledger(control: StationControl) -> dict[str, Any]:
    deadline = time.monotonic() + ANCHORED_WITHIN_S
    while True:
        ledger = dict(control.request("status")["ledger"])
        if ledger["anchored"] >= ledger["sealed"] > 0 or time.monotonic() > deadline:
            return ledger
        time.sleep(0.1)


def _conclude(
    directory: Path,
    status: dict[str, Any],
    sealed: dict[str, Any],
    reviewed: Reviewed,
    report: VerificationReport,
    output: Output,
) -> int:
    latency = {name: f"{value / 1000:.1f} ms" for name, value in status["latency_us"].items()}
    output.table(
        "Parts by verdict",
        ("verdict", "parts"),
        [(name, count) for name, count in sealed["counts"]["verdicts"].items() if count],
    )
    output.table(
        "Shift",
        ("", "value"),
        [
            ("trigger to commit p50 / p99 / max", " / ".join(latency[name] for name in ("p50", "p99", "max"))),
            ("shift", f"{sealed['shift']}, lot DEMO-LOT, {sealed['parts']} parts"),
            ("seal", sealed["seal"][:16] + "..."),
            ("ledger index", _ledger_index(directory, sealed["seal"])),
            (REVIEWER, reviewed.words()),
        ],
    )
    misses, false_rejects = confusion(directory)
    output.table(
        "Against the labels",
        ("", "value"),
        [("bad parts that passed", misses.words()), ("good parts that did not pass", false_rejects.words())],
    )
    say_report(report, output)
    output.document(
        {
            "station": str(directory),
            "shift": sealed,
            "latency_us": status["latency_us"],
            "ledger": status["ledger"],
            "reviewed": {"by": REVIEWER, "decided": reviewed.decided, "undecided": reviewed.undecided},
            "misses": misses.document(),
            "false_rejects": false_rejects.document(),
            "verification": report.as_dict(),
        }
    )
    output.say("")
    program, place = output.program(), _short(directory)
    output.say("Where to look next:")
    output.say(f"  {program} verify --station {place}    check it again")
    output.say(f"  {program} show --station {place}      the last records")
    output.say(f"  {program} dataset import --station {place} --dataset mine    its pictures, to train on")
    output.say(f"  {program} run --station {place}       run it; `{program} gui` shows the screen")
    return report.exit_code


def _short(directory: Path) -> str:
    """The directory as one would type it from here."""
    here = Path.cwd()
    return str(directory.relative_to(here)) if directory.is_relative_to(here) else str(directory)


def _ledger_index(directory: Path, seal: str) -> str:
    with RecordReader(directory) as reader:
        for record in reader.latest(100, kind="receipt"):
            if record.fields["seal"] == seal:
                return str(record.fields["index"])
    return "not anchored"
