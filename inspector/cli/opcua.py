# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector opcua`: certificate, trusted clients and users of the OPC UA server."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.ipc import RunDirectory
from inspector.opcua import certificates, users
from inspector.opcua.certificates import Described
from inspector.opcua.nodes import Right

EXIT_CODES = """exit codes:
  0  done
  2  wrong usage
  3  settings, a certificate, a password or a file will not do; the message says what to do"""


def add_parsers(subparsers: Any) -> None:
    """Add `opcua` with its actions."""
    parser = subparsers.add_parser("opcua", help="certificate, trusted clients and users of the OPC UA server")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _action(actions, "init", "make the server's key and certificate", _init)
    trust = _action(actions, "trust", "trust a client's certificate", _trust)
    trust.add_argument("certificate", help="file (DER or PEM), or the first digits of the thumbprint of a refused one")
    _action(actions, "status", "what is set up, who is trusted and who was refused", _status)
    user = actions.add_parser("user", help="add or remove users")
    user_actions = user.add_subparsers(metavar="ACTION", required=True)
    add = _action(user_actions, "add", "add a user, or change role and password of one", _user_add)
    add.add_argument("name", help="letters, digits, '.', '_' and '-'")
    add.add_argument("--role", required=True, choices=[right.value for right in Right], help="operate includes read")
    add.add_argument("--password-file", type=Path, metavar="FILE", help="file with the password; else it is asked for")
    remove = _action(user_actions, "remove", "remove a user", _user_remove)
    remove.add_argument("name")


def _action(actions: Any, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=words, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    add_json(parser)
    parser.set_defaults(run=run)
    return parser


def _init(arguments: argparse.Namespace) -> int:
    output, config = Output(as_json=arguments.json), load_config(arguments.station)
    made = certificates.create_certificate(arguments.station, config.station.name, config.opcua.host)
    uri = certificates.check_identity(arguments.station, config.opcua.host).application_uri
    output.document({"certificate": _document(made), "application_uri": uri})
    output.say(f"{made.path}: {made.subject}, valid until {made.until:%Y-%m-%d}")
    output.say(f"  thumbprint (SHA-256) {made.thumbprint}")
    output.say(f"  application URI      {uri}")
    if not config.opcua.enabled:
        output.say("The server starts with the station once station.toml says [opcua] enabled = true.")
    output.say("Clients have to trust this certificate; its key is beside it, not encrypted, for the owner only.")
    return 0


def _trust(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    load_config(arguments.station)
    trusted = certificates.trust(arguments.station, _certificate(arguments.station, arguments.certificate))
    output.document({"certificate": _document(trusted)})
    output.say(f"Trusted from the next connection on: {trusted.subject}, valid until {trusted.until:%Y-%m-%d}")
    output.say(f"  thumbprint (SHA-256) {trusted.thumbprint}: compare it with the one that the client shows")
    return 0


def _certificate(station: Path, given: str) -> Path:
    if Path(given).is_file():
        return Path(given)
    refused = certificates.listed(station, certificates.REJECTED)
    found = [each.path for each in refused if len(given) >= 8 and each.thumbprint.startswith(given.lower())]
    if len(found) != 1:
        raise ConfigError(f"'{given}' is no file and names no refused certificate", "See `inspector opcua status`")
    return found[0]


def _user_add(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    load_config(arguments.station)
    user = users.NewUser(arguments.name, Right(arguments.role), _password(arguments.password_file))
    known = users.add_user(arguments.station, user)
    output.document({"user": user.name, "role": user.role.value, "changed": known})
    output.say(f"User {user.name} with the role {user.role.value} is {'changed' if known else 'added'}.")
    return 0


def _password(file: Path | None) -> str:
    if file is None:
        password = getpass.getpass("Password: ")
        if getpass.getpass("The same again: ") != password:
            raise ConfigError("the two passwords differ", "Try again")
        return password
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read as a password", "Check the path") from error


def _user_remove(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    load_config(arguments.station)
    users.remove_user(arguments.station, arguments.name)
    output.document({"user": arguments.name})
    output.say(f"User {arguments.name} is removed; a session that is open ends with its connection.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    output, station = Output(as_json=arguments.json), arguments.station
    settings = load_config(station).opcua
    own = certificates.describe(station / certificates.CERTIFICATE) if _made(station) else None
    trusted = certificates.listed(station, certificates.TRUSTED)
    refused = certificates.listed(station, certificates.REJECTED)
    roles = {name: right.value for name, right in users.read_users(station).items()}
    port = RunDirectory(station).port_of("opcua")
    output.document(
        {
            "enabled": settings.enabled,
            "host": settings.host,
            "port": port or settings.port,
            "anonymous_read": settings.anonymous_read,
            "certificate": None if own is None else _document(own),
            "trusted": [_document(each) for each in trusted],
            "rejected": [_document(each) for each in refused],
            "users": roles,
        }
    )
    output.say(f"opcua.enabled = {str(settings.enabled).lower()}, opc.tcp://{settings.host}:{port or settings.port}")
    output.say("No certificate: `inspector opcua init`" if own is None else f"Certificate {own.thumbprint}")
    output.table("Users", ("name", "role"), roles.items())
    for title, found in (("Trusted clients", trusted), ("Refused clients", refused)):
        rows = [(each.subject, f"{each.until:%Y-%m-%d}", each.thumbprint) for each in found]
        output.table(title, ("subject", "valid until", "thumbprint (SHA-256)"), rows)
    return 0


def _made(station: Path) -> bool:
    return (station / certificates.CERTIFICATE).exists()


def _document(certificate: Described) -> dict[str, object]:
    return {
        "file": str(certificate.path),
        "subject": certificate.subject,
        "thumbprint": certificate.thumbprint,
        "valid_until": certificate.until.isoformat(),
    }
