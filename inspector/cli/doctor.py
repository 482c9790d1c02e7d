# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector doctor`: is everything there that a station needs? Starts nothing and writes no output of the line.

The camera takes one test frame.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inspector.access import UserStore
from inspector.cli.output import Output, add_json
from inspector.config import Config, load_config, products
from inspector.errors import ConfigError, InspectorError
from inspector.opcua.examine import examine, missing
from inspector.station.in_force import load_in_force, remembered
from inspector.station.keyring import key_backend, read_credential
from inspector.station.releases import NAME_DIGITS, authorities
from inspector.station.scanner import examine_scanner

if TYPE_CHECKING:
    from inspector.camera.doctor import Finding


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's answer."""

    what: str
    fine: bool
    found: str
    advice: str = ""


def add_parsers(subparsers: Any) -> None:
    """Add `doctor`."""
    parser = subparsers.add_parser("doctor", help="check settings, model, key, disk and cameras of a station")
    parser.add_argument("--station", type=Path, metavar="DIR", help="station directory (default: only the machine)")
    add_json(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check; 0 when all is fine, 1 when something is not."""
    output = Output(as_json=arguments.json)
    checks = list(_machine())
    checks += _producers()
    if arguments.station is not None:
        checks += _station(arguments.station)
    output.document(
        {
            "fine": all(check.fine for check in checks),
            "checks": [{"what": c.what, "fine": c.fine, "found": c.found, "advice": c.advice} for c in checks],
        }
    )
    for check in checks:
        output.say(f"{'ok  ' if check.fine else 'FAIL'} {check.what}: {check.found}", "" if check.fine else "bold red")
        if not check.fine and check.advice:
            output.say(f"       what to do: {check.advice}")
    return 0 if all(check.fine for check in checks) else 1


def _machine() -> Iterator[Check]:
    yield Check("Python", True, f"{platform.python_version()} on {platform.platform()}")
    wanted = sqlite3.sqlite_version_info >= (3, 37)
    yield Check("SQLite", wanted, sqlite3.sqlite_version, "STRICT tables need 3.37: install a newer Python")


def _station(station: Path) -> Iterator[Check]:
    try:
        config = load_config(station)
    except InspectorError as error:
        yield Check("settings", False, error.message, error.advice)
        return
    yield Check("settings", True, str(station / "station.toml"))
    several = len(known := products(config)) > 1
    for name in known:
        of = f" of {name}" if several else ""
        yield _asked(f"model and recipe{of}", partial(_model_and_recipe, station, config, name))
    if config.release.authority:
        yield _asked("release authority", partial(_authority, station, config))
    yield _asked("signing key", lambda: _key(station, config))
    yield _asked("people", lambda: _people(station, config))
    if config.mqtt.enabled:
        yield _asked("MQTT broker", lambda: _broker(station, config))
    if (scanner := config.scanner) is not None:
        yield _asked("scanner", lambda: examine_scanner(scanner))
    if config.opcua.enabled:
        yield _asked("OPC UA server", lambda: _opcua(station, config))
    free_mb = shutil.disk_usage(station).free // 1_000_000
    needed = config.records.stop_below_mb
    yield Check("disk", free_mb > needed, f"{free_mb} MB free", f"Free at least {needed} MB")
    yield from _line(config)
    yield from _cameras(station, config)


def _line(config: Config) -> Iterator[Check]:
    if config.line.backend == "plant":
        return
    from inspector.line.examine import examine_line  # loads the Modbus library, which no other command needs

    for finding in examine_line(config):
        yield Check(finding.check, finding.fine, finding.text, finding.advice)


def _producers() -> list[Check]:
    from inspector.camera.doctor import examine_producers  # loads the GenICam libraries, which no other command needs

    return [_check("", finding) for finding in examine_producers()]


def _cameras(station: Path, config: Config) -> Iterator[Check]:
    from inspector.camera.doctor import examine_camera
    from inspector.line.plant.prepare import prepare_scenes

    folders = [station / "run" / "simulator" / camera.name for camera in config.cameras]
    if config.plant is not None and not all(folder.is_dir() for folder in folders):
        try:
            prepare_scenes(station, config)
        except InspectorError as error:
            yield Check("pictures of the simulated plant", False, error.message, error.advice)
            return
    for camera in config.cameras:
        for finding in examine_camera(station, camera):
            yield _check(f"camera {camera.name}, ", finding)


def _check(whose: str, finding: Finding) -> Check:
    fine = finding.grade != "FAIL"
    note = f" ({finding.advice})" if fine and finding.advice else ""
    return Check(f"{whose}{finding.check}", fine, finding.text + note, finding.advice)


def _asked(what: str, question: Callable[[], str]) -> Check:
    try:
        return Check(what, True, question())
    except InspectorError as error:
        return Check(what, False, error.message, error.advice)


def _model_and_recipe(station: Path, config: Config, product: str) -> str:
    rules = load_in_force(station, config, product)
    rules.challenge_set(station)
    package = rules.package
    words = f"{package.name} {package.version} ({', '.join(package.classes)}), recipe {rules.recipe.name}"
    if rules.release is None:
        return words
    return (
        f"{words}; of release {rules.release.document[:NAME_DIGITS]}, which judges instead of the files of the settings"
    )


def _authority(station: Path, config: Config) -> str:
    trusted = {key.hex() for key in authorities(station, config)}
    gone = [
        name
        for name, one in remembered(station, config).releases.items()
        if not {one.proposer, one.approver} <= trusted
    ]
    if len(trusted) == 1:
        raise ConfigError("one key alone can release nothing: two people sign", "Name another in release.authority")
    words = f"{len(trusted)} keys of people who may sign releases"
    return words + "".join(f"; not among them any more: a key that signed the release of {name}" for name in gone)


def _key(station: Path, config: Config) -> str:
    backend = key_backend(station, config.key)
    backend.public_key()
    if not config.key.passphrase_file:
        return "locked; unlock it with `inspector shift unlock` after each start"
    try:
        backend.unlock(read_credential(station / config.key.passphrase_file))
    finally:
        backend.close()
    return "opens with its credential"


def _people(station: Path, config: Config) -> str:
    users = UserStore(station, config.access.password_least)
    if not users.all():
        return "no users: staff ids are taken as typed, and signatures say so; see `inspector user add`"
    if not users.admins():
        raise ConfigError("nobody may administer the users", "Put back your copy of access/users.json")
    badges = sum(one.badge is not None for one in users.all())
    return f"{len(users)} users, {len(users.admins())} admins, {badges} badges; people log in"


def _broker(station: Path, config: Config) -> str:
    from inspector.publish.examine import examine_broker  # loads the MQTT library, which no other command needs

    return examine_broker(station, config.mqtt, config.station.name)


def _opcua(station: Path, config: Config) -> str:
    identity = examine(station, config.opcua)
    found = missing(station, config.opcua, identity)
    return "; ".join(found) or f"{identity.application_uri}, certificate valid until {identity.until:%Y-%m-%d}"
