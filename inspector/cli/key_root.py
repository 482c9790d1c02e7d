# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector key root`, `certify` and `revoke`: the plant root, on a computer of its own; needs no station."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.cli.passphrase import add_passphrase, new_passphrase, read_passphrase
from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.keys import create_key, key_fingerprint, load_key, parse_public_key
from inspector.evidence.root import Certificate, Revocation, RootStatement, sign_root_statement

MINIMUM_PASSPHRASE = 12
WHOSE = "the plant root"


def add_root_parsers(actions: Any) -> None:
    """Add the actions of whoever keeps the plant root."""
    root = actions.add_parser("root", help="the plant root: a key that says which station keys are good")
    create = root.add_subparsers(metavar="ACTION", required=True).add_parser("create", help="make its key pair")
    create.add_argument("key", type=Path, metavar="KEY", help="new file of the private key; KEY.pub is beside it")
    certify = actions.add_parser("certify", help="the plant root says that a key is that of a station")
    revoke = actions.add_parser("revoke", help="the plant root says from where on a station's key counts no more")
    revoke.add_argument("--log", required=True, metavar="ORIGIN", help="name of the log, first line of its checkpoint")
    revoke.add_argument(
        "--below", required=True, type=int, metavar="N", help="only entries of the log with a smaller index count"
    )
    revoke.add_argument("--reason", required=True, help="why, one line")
    for action in (certify, revoke):
        action.add_argument("--root", type=Path, required=True, metavar="KEY", help="private key of the plant root")
        action.add_argument("--name", required=True, help="name of the station, not its directory")
        action.add_argument("--key", required=True, metavar="HEX_OR_FILE", help="public key of the station")
        action.add_argument("--by", required=True, help="who says so; it stands in the statement")
        action.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="new file of the statement")
    for action, function in ((create, _create), (certify, _certify), (revoke, _revoke)):
        add_passphrase(action)
        add_json(action)
        action.set_defaults(run=function)


def _create(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    public = arguments.key.with_name(arguments.key.name + ".pub")
    passphrase = new_passphrase(arguments.passphrase_file, WHOSE, least=MINIMUM_PASSPHRASE)
    key = create_key(arguments.key, passphrase, public)
    output.document({"key": str(arguments.key), "public": str(public), "public_key": key.public_key.hex()})
    output.say(f"Plant root: {key.public_key.hex()}")
    output.say(f"Keep {arguments.key} on a medium of its own, twice, never on a station; its passphrase elsewhere.")
    output.say(f"Copy {public} to each station and name it in key.root; give it to those who check.")
    return 0


def _certify(arguments: argparse.Namespace) -> int:
    return _sign(arguments, Certificate(arguments.name, _public_key(arguments.key), arguments.by.strip()))


def _revoke(arguments: argparse.Namespace) -> int:
    key, by, reason = _public_key(arguments.key), arguments.by.strip(), arguments.reason.strip()
    if arguments.below < 0:
        raise ConfigError(f"--below {arguments.below} is not an index", "0 revokes all that the key ever signed")
    return _sign(arguments, Revocation(arguments.name, key, arguments.log, arguments.below, by, reason))


def _sign(arguments: argparse.Namespace, statement: RootStatement) -> int:
    output = Output(as_json=arguments.json)
    text = statement.text()  # refuse what cannot be written before anybody types a passphrase
    root = load_key(arguments.root, read_passphrase(arguments.passphrase_file, WHOSE))
    note = sign_root_statement(statement, root.public_key, root)
    try:
        with arguments.out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(note)
    except OSError as error:
        raise ConfigError(f"{arguments.out} cannot be written: {error.strerror}", "Choose another file") from error
    names = {"statement": str(arguments.out), "root": root.public_key.hex(), "key": statement.key.hex()}
    output.document({**names, "fingerprint": key_fingerprint(statement.key)})
    output.say(text.rstrip("\n"))
    output.say(f"Signed: {arguments.out}. Give it to those who check, and to the station (`inspector key record`).")
    return 0


def _public_key(text: str) -> bytes:
    path = Path(text)
    try:
        return parse_public_key(path.read_text(encoding="ascii") if path.is_file() else text)
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(f"--key {text} is not a public key: {error}", "Give 64 hex digits or a .pub file") from error
