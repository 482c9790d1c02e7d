# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector key`: the station's signing key: which one is in force, rotation, and what the plant root says of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.key_root import add_root_parsers
from inspector.cli.output import Output, add_json
from inspector.cli.passphrase import read_passphrase
from inspector.cli.person import add_person, signed_in
from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.root import MAX_DOCUMENT
from inspector.station.keyring import key_backend, read_credential
from inspector.store.database import DATABASE_NAME
from inspector.store.read import RecordReader, StoredRecord

EXIT_CODES = """exit codes:
  0  done
  1  not now (an open shift, a locked key, a key that has sealed nothing yet), refused, or no station answers
  2  wrong usage
  3  a file or key cannot be used, or the records cannot be written"""


def add_parsers(subparsers: Any) -> None:
    """Add `key` with its actions."""
    parser = subparsers.add_parser(
        "key",
        help="the station's signing key: show, rotate; the plant root that vouches for it or revokes it",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the key in force and those before; reads only")
    create = actions.add_parser("create", help="the first key of a station that has recorded nothing yet")
    rotate = actions.add_parser("rotate", help="a new key for a running station, between two shifts")
    add_person(rotate)
    rotate.add_argument("--reason", required=True, help="why, one line for the record")
    rotate.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="passphrase of the key; without it you are asked"
    )
    record = actions.add_parser("record", help="give a running station what the plant root says of its key")
    record.add_argument("statement", type=Path, metavar="FILE", help="what `certify` or `revoke` wrote")
    add_person(record)
    add_root_parsers(actions)
    create.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="passphrase or PIN; else as in the settings",
    )
    for action, function in ((show, _show), (create, _create), (rotate, _rotate), (record, _record)):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def _show(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    settings = load_config(arguments.station).key
    rotations: list[dict[str, object]] = []
    statements: list[dict[str, object]] = []
    if (arguments.station / DATABASE_NAME).is_file():
        with RecordReader(arguments.station) as reader:
            names = ("first_shift", "old", "new", "reason", "statement", "t_us")
            rotations = [_shown(record, names) for record in reader.rotations()]
            statements = [_shown(record, ("says", "key", "root", "statement")) for record in reader.key_statements()]
    here = key_backend(arguments.station, settings).public_key().hex()
    current = str(rotations[-1]["new"]) if rotations else here
    found = {"public_key": current, "in_directory": here == current}
    output.document({**found, "rotations": rotations, "statements": statements})
    output.say(f"Public key: {current}")
    output.say(f"  named in seals as {key_fingerprint(bytes.fromhex(current))}")
    if here != current:
        output.say("  the key in the station directory is an older one: restore the newer, or start the station once")
    for rotation in rotations:
        output.say(f"Since shift {rotation['first_shift']} (record {rotation['seq']}): {rotation['reason']}")
        output.say(f"  before: {rotation['old']}")
    for statement in statements:
        output.say(f"{statement['says']} of {statement['key']} by the plant root (record {statement['seq']})")
    return 0


def _shown(record: StoredRecord, names: tuple[str, ...]) -> dict[str, object]:
    return {"seq": record.seq, **{name: record.fields[name] for name in names}}


def _create(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    settings = load_config(arguments.station).key
    if (arguments.station / DATABASE_NAME).is_file():
        raise ConfigError(f"{arguments.station} has records already", "Rotate its key instead")
    secret = _passphrase(arguments)
    if not secret:
        secret = read_credential(arguments.station / settings.passphrase_file)
    backend = key_backend(arguments.station, settings)
    try:
        public_key = backend.create(secret)
    finally:
        backend.close()
    output.document({"public_key": public_key.hex()})
    output.say(f"Public key: {public_key.hex()}")
    output.say("Write it down where the plant does not keep the station: who checks needs it from there.")
    return 0


def _rotate(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    passphrase = _passphrase(arguments)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request(
            "key-rotate", operator=arguments.operator, reason=arguments.reason, passphrase=passphrase
        )
    output.document(result)
    output.say(
        f"The key was rotated in record {result['seq']}; the new one signs from shift {result['first_shift']} on."
    )
    output.say(f"New public key: {result['new']}")
    output.say("Back up the keys folder now. Who checks may go on with the key they have, or take the new one.")
    return 0


def _record(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    try:
        with arguments.statement.open("rb") as file:
            statement = file.read(MAX_DOCUMENT + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{arguments.statement} cannot be read: {error}", "Check the path") from error
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("key-statement", statement=statement, operator=arguments.operator)
    output.document(result)
    output.say(f"The {result['says']} of key {result['key']} is record {result['seq']}.")
    return 0


def _passphrase(arguments: argparse.Namespace) -> str:
    """From the file, from the person, or empty when the station reads its own credential."""
    if arguments.passphrase_file is None and load_config(arguments.station).key.passphrase_file:
        return ""
    return read_passphrase(arguments.passphrase_file, "the signing key")
