# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector user`: who works with a station, in which role; on a running station, or on one that is stopped."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from inspector.access import LoginDesk, Proof, Role, UserStore, may
from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import read_secret, signed_in
from inspector.clock import SystemClock
from inspector.config import Config, load_config
from inspector.errors import ConfigError, LoginRefused, RoleRefused
from inspector.evidence.keys import read_public_key
from inspector.station.user_desk import UserDesk
from inspector.store.writer import RecordWriter

EXIT_CODES = """exit codes:
  0  done, and recorded
  1  refused: wrong password, not your role, or a rule that separates duties; or no station answers
  2  wrong usage
  3  a name, password, PIN, badge or file will not do; the message says what to do"""


def add_parsers(subparsers: Any) -> None:
    """Add `user` with its actions."""
    parser = subparsers.add_parser("user", help="add, change and erase the people who work with a station")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = _action(actions, "add", "add a person; the first one has to be an admin", "user-add")
    add.add_argument("--role", required=True, choices=list(Role), help="what the person may do, see docs/access.md")
    add.add_argument("--name", default="", help="printed name, for signatures; can be erased")
    _add_secrets(add)
    role = _action(actions, "role", "give a person another role", "user-role")
    role.add_argument("--role", required=True, choices=list(Role))
    disable = _action(actions, "disable", "a person may not log in any more", "user-disable")
    disable.add_argument("--undo", action="store_true", help="may again")
    password = _action(actions, "password", "set a person's password, or change your own", "user-password")
    password.add_argument("--new-password-file", type=Path, metavar="FILE", help="the new one; else it is asked for")
    badge = _action(actions, "badge", "give a person a badge with a PIN, or take it away", "user-badge")
    badge.add_argument("--remove", action="store_true", help="take the badge away")
    badge.add_argument("--badge-file", type=Path, metavar="FILE", help="badge number and PIN, a line each")
    _action(actions, "erase-name", "forget who a staff id is; records and their chain stay as they are", "user-erase")
    listed = actions.add_parser("list", help="who may do what", epilog=EXIT_CODES)
    listed.add_argument("--by", metavar="ID", help="staff id of who asks: admin, qa or auditor")
    _common(listed)
    listed.set_defaults(run=_list)


def _action(actions: Any, name: str, words: str, command: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=words)
    parser.add_argument("user", metavar="ID", help="staff id: letters, digits, '.', '_' and '-'")
    parser.add_argument("--by", metavar="ID", help="staff id of the admin who does it; not for the first one")
    parser.add_argument("--why", default="", help="the reason, for the record")
    _common(parser)
    parser.set_defaults(run=_change, command=command)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.epilog, parser.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="password of --by; else it is asked for")
    add_json(parser)


def _add_secrets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new-password-file", type=Path, metavar="FILE", help="password; else it is asked for")
    parser.add_argument("--badge-file", type=Path, metavar="FILE", help="badge number and PIN, a line each")


def _change(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    command, texts = arguments.command, _texts(arguments)
    if command == "user-password" and arguments.by in (None, arguments.user) and _has_users(arguments.station):
        command, arguments.by = "password", arguments.user
    result = _ask(arguments, command, texts)
    output.document(result)
    output.say(_words(command, result))
    return 0


def _list(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    result = _ask(arguments, "user-list", {})
    output.document(result)
    rows = [
        (one["user"], one["role"], one["name"], "yes" if one["badge"] else "", _state(one)) for one in result["users"]
    ]
    output.table("Users", ("staff id", "role", "name", "badge", "state"), rows)
    return 0


def _state(one: dict[str, Any]) -> str:
    failures = int(one["failures"])
    return "disabled" if one["disabled"] else f"{failures} failures" if failures else ""


def _texts(arguments: argparse.Namespace) -> dict[str, str]:
    """What the station is told; every text is there, if only as an empty one."""
    given = vars(arguments)
    texts = dict.fromkeys(("name", "role", "password", "badge", "pin", "enable"), "")
    texts |= {"user": arguments.user, "why": arguments.why}
    texts |= {name: str(given[name]) for name in ("name", "role") if given.get(name)}
    if arguments.command in ("user-add", "user-password"):
        texts["password"] = read_secret(arguments.new_password_file, f"New password of {arguments.user}", twice=True)
    if arguments.command == "user-disable" and arguments.undo:
        texts["enable"] = "yes"
    if arguments.command == "user-badge" and not arguments.remove:
        texts["badge"], texts["pin"] = _badge(arguments.badge_file)
    elif arguments.command == "user-add" and arguments.badge_file is not None:
        texts["badge"], texts["pin"] = _badge(arguments.badge_file)
    return texts


def _badge(file: Path | None) -> tuple[str, str]:
    if file is None:
        return read_secret(None, "Badge (read it now)"), read_secret(None, "New PIN", twice=True)
    lines = read_secret(file, "").splitlines()
    if len(lines) != 2:
        raise ConfigError(f"{file} has {len(lines)} lines", "Write the badge number and the PIN, a line each")
    return lines[0].strip(), lines[1].strip()


def _words(command: str, result: dict[str, Any]) -> str:
    return {
        "user-add": f"{result['user']} is added as {result.get('role')}. From now on this station asks who is there.",
        "user-role": f"{result['user']} is {result.get('role')} now.",
        "user-disable": f"{result['user']} may {'not ' if result.get('disabled') else ''}log in.",
        "user-password": f"The password of {result['user']} is set.",
        "password": "Your password is changed.",
        "user-badge": f"{result['user']} has {'a' if result.get('badge') else 'no'} badge.",
        "user-erase": f"{result['user']} is forgotten: {result.get('erased')} records lead to nobody any more.",
    }[command]


def _has_users(station: Path) -> bool:
    return len(UserStore(station)) > 0


def _ask(arguments: argparse.Namespace, command: str, texts: dict[str, str]) -> dict[str, Any]:
    """Ask the running station; do it here if none runs."""
    config = load_config(arguments.station)
    with _lock(arguments.station) as free:
        if free:
            return _offline(arguments, config, command, texts)
    arguments.operator = arguments.by or ""
    with StationControl(arguments.station) as control, signed_in(control, arguments) as secret:
        return control.request(command, **texts, secret=secret)


@contextmanager
def _lock(station: Path) -> Iterator[bool]:
    """Whether no station runs there, and none starts meanwhile."""
    (station / "run").mkdir(exist_ok=True)
    lock = FileLock(station / "run" / "supervisor.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _offline(arguments: argparse.Namespace, config: Config, command: str, texts: dict[str, str]) -> dict[str, Any]:
    key = read_public_key((arguments.station / config.key.file).with_suffix(".pub"))
    store = UserStore(arguments.station, config.access.password_least)
    writer = RecordWriter(
        arguments.station,
        config.station.name,
        key,
        boot=secrets.token_hex(8),
        reserve_mb=config.records.reserve_mb,
    )
    try:
        by = _shown(arguments, config, store, writer, command) if store.admins() else None
        desk = UserDesk(store, writer)
        if command == "user-list":
            return desk.list()
        return desk.carry_out(command, texts, by)
    finally:
        writer.close()


def _shown(arguments: argparse.Namespace, config: Config, store: UserStore, writer: RecordWriter, command: str) -> str:
    """Who asks, checked and recorded as the running station does it."""
    person = arguments.by or ""
    secret = read_secret(arguments.password_file, f"Password of {person}")
    desk = LoginDesk(store, SystemClock(), config.access.lock_after, config.access.lock_min)
    found = desk.attempt(Proof(person, secret))
    known = None if found.user is None else writer.commit_operator(found.user.user).result()
    fields = {"person": known, "result": found.result, "method": found.method, "source": "control"}
    writer.append("login", fields).result()
    if found.result != "ok" or found.user is None:
        raise LoginRefused("staff id and password do not fit, or were wrong too often", "Name who does it with --by")
    if not may(found.user.role, command):
        raise RoleRefused(f"{found.user.role} may not do this", "Ask an admin")
    return found.user.user
