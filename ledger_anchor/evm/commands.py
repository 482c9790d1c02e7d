# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector ledger evm`: make a contract, and say which stations may write to it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from inspector.cli.output import Output, add_json
from inspector.config.base import explain
from inspector.config.ledger import WEI_PER_GWEI, NodeSettings
from inspector.errors import ConfigError
from inspector.evidence.keys import key_fingerprint, read_public_key
from ledger_anchor.evm.artefact import artefact, station_id
from ledger_anchor.evm.evidence import compare, read_evidence
from ledger_anchor.evm.extra import chain_module, open_chain
from ledger_anchor.evm.history import read_entries, read_history
from ledger_anchor.passphrase import ask_passphrase

if TYPE_CHECKING:
    from ledger_anchor.evm.chain import Chain

NOWHERE = "0x" + "0" * 40
"""Address of a contract that is not there yet."""

EXIT_TAMPERED = 2
SHOWN_SHIFTS = 20

_STATION = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SECOND_LOOK = "Not final yet: look again with 'inspector ledger evm show' before anybody relies on it."


def add_parsers(actions: Any) -> None:
    """Add `evm` with its own actions."""
    parser = actions.add_parser("evm", help="a contract on an Ethereum-compatible chain as a ledger")
    own = parser.add_subparsers(metavar="ACTION", required=True)
    account = own.add_parser("account", help="make an account with an encrypted keystore file")
    account.add_argument("file", type=Path, metavar="FILE", help="keystore file to make")
    account.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its passphrase; else asked")
    add_json(account)
    account.set_defaults(run=_account)
    deploy = _action(own, "deploy", "make a contract", _deploy)
    deploy.add_argument("--owner", metavar="ADDRESS", help="who may register and revoke; default: the paying account")
    register = _action(own, "register", "let a station write", _register)
    register.add_argument("--sender", required=True, metavar="ADDRESS", help="account that the station submits from")
    register.add_argument("--key", type=Path, required=True, metavar="FILE", help="its first public key (station.pub)")
    rotate = _action(own, "rotate", "give a station another account (its own key rotates by itself)", _rotate)
    rotate.add_argument("--sender", required=True, metavar="ADDRESS", help="account that it submits from from now on")
    revoke = _action(own, "revoke", "admit nothing more of a station, for ever", _revoke)
    for action in (register, rotate, revoke):
        action.add_argument("--station", required=True, metavar="NAME", help="name of the station")
    for action in (deploy, register, rotate, revoke):
        _add_payment(action)
    show = _action(own, "show", "what the contract knows", _show)
    show.add_argument("--station", metavar="NAME", help="a station, with its keys and entries")
    check = _action(own, "check", "compare the receipts of a bundle or a station with a node of your own", _check)
    check.add_argument("path", type=Path, metavar="FILE_OR_DIR", help="bundle, or station directory or a copy of it")
    for action in (register, rotate, revoke, show, check):
        action.add_argument("--contract", required=True, metavar="ADDRESS", help="address of the contract")


def _action(actions: Any, name: str, words: str, run: Callable[[argparse.Namespace], int]) -> Any:
    parser = actions.add_parser(name, help=words)
    parser.add_argument("--url", required=True, help="JSON-RPC address of a node")
    parser.add_argument("--chain-id", type=int, required=True, metavar="N", help="number of the chain")
    parser.add_argument("--ca-file", default="", metavar="FILE", help="certificates that the node's must lead to")
    parser.add_argument("--token-file", default="", metavar="FILE", help="token that the node asks for")
    words = "blocks with N others upon them are final; default: those that the chain calls finalized"
    parser.add_argument("--confirmations", type=int, metavar="N", help=words)
    add_json(parser)
    parser.set_defaults(run=run)
    return parser


def _add_payment(parser: Any) -> None:
    words = "account that pays; without it the call is printed for a wallet with several signatures"
    parser.add_argument("--keystore", type=Path, metavar="FILE", help=words)
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its passphrase; else asked")
    most = 100 * WEI_PER_GWEI
    parser.add_argument("--max-fee-wei", type=int, default=most, metavar="N", help="limit per unit of gas")
    parser.add_argument("--priority-fee-wei", type=int, default=WEI_PER_GWEI, metavar="N", help="0 where gas is free")
    parser.add_argument("--wait-s", type=int, default=120, metavar="N", help="wait so long for its block")


def _account(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    passphrase = ask_passphrase(arguments.passphrase_file, "the account", new=True)
    address = chain_module().create_account(arguments.file, passphrase)
    output.document({"address": address})
    output.say(f"Account {address} in {arguments.file}. There is no other copy of its key.")
    return 0


def _deploy(arguments: argparse.Namespace) -> int:
    if arguments.owner is None and arguments.keystore is None:
        raise ConfigError("nobody is named as the owner of the contract", "Give --owner or --keystore")
    owner = None if arguments.owner is None else _address(arguments.owner)
    return _send(arguments, None, lambda _, payer: _deploy_data(owner or payer), "The contract is there")


def _deploy_data(owner: str) -> bytes:
    from ledger_anchor.evm.owner import deploy_data

    return deploy_data(owner)


def _register(arguments: argparse.Namespace) -> int:
    key = bytes.fromhex(key_fingerprint(read_public_key(arguments.key)))
    name, sender = _station(arguments), _address(arguments.sender)
    return _send(
        arguments,
        arguments.contract,
        lambda chain, _: chain.call_data("register", name, sender, key),
        f"{name} may write",
    )


def _rotate(arguments: argparse.Namespace) -> int:
    name, sender = _station(arguments), _address(arguments.sender)
    return _send(
        arguments,
        arguments.contract,
        lambda chain, _: chain.call_data("replaceSender", station_id(name), sender),
        f"{name} writes from {sender}, and from no other account any more",
    )


def _revoke(arguments: argparse.Namespace) -> int:
    name = _station(arguments)
    return _send(
        arguments,
        arguments.contract,
        lambda chain, _: chain.call_data("revoke", station_id(name)),
        f"{name} is revoked: nothing more of it is admitted",
    )


def _send(arguments: argparse.Namespace, to: str | None, data: Callable[[Chain, str], bytes], words: str) -> int:
    """Send a call and tell, or print it for others to send."""
    output = Output(as_json=arguments.json)
    chain = _chain(arguments)
    try:
        if arguments.keystore is None:
            call = {"to": to, "data": "0x" + data(chain, "").hex(), "value": 0}
            output.document(call)
            output.say(
                f"To send from the owner's wallet:\nto    {to or 'nobody: it makes a contract'}\ndata  {call['data']}"
            )
            return 0
        from ledger_anchor.evm.chain import Account
        from ledger_anchor.evm.owner import transact

        account = Account(arguments.keystore, ask_passphrase(arguments.passphrase_file, "the account"))
        chain.check_chain() if to is None else chain.check_identity()
        name, outcome = transact(
            chain,
            account,
            data(chain, account.address),
            to,
            max_fee_wei=arguments.max_fee_wei,
            priority_fee_wei=arguments.priority_fee_wei,
            wait_s=arguments.wait_s,
        )
    finally:
        chain.close()
    contract = outcome.contract or chain.settings.contract
    output.document({"contract": contract, "transaction": name, "block": outcome.block})
    output.say(f"{words}: contract {contract}, block {outcome.block}. {_SECOND_LOOK}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    chain = _chain(arguments)
    try:
        chain.check_identity()
        size, owner, final = chain.size(), chain.owner(), chain.final_number()
        station = None if arguments.station is None else _describe(chain, _station(arguments), final)
    finally:
        chain.close()
    settings = chain.settings
    about = {"contract": settings.contract, "chain_id": settings.chain_id, "owner": owner, "size": size}
    output.document({**about, "compiler": artefact().compiler, "final_block": final, "station": station})
    output.say(f"Contract {settings.contract} on chain {settings.chain_id}: {size} entries, owner {owner}.")
    if station is not None:
        _tell(output, station)
    output.say("This is what one node shows: ask your own.")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    evidence = read_evidence(arguments.path)
    chain = _chain(arguments)
    try:
        found = compare(evidence, chain)
    finally:
        chain.close()
    valid = not found.false and not found.missing and bool(evidence.seals)
    result = "TAMPERED" if found.false else "VERIFIED" if valid else "COULD NOT CHECK"
    findings = [{"place": place, "message": message} for place, message in found.false]
    output.document(
        {
            "result": result,
            "receipts": len(evidence.receipts),
            "proven": len(found.proven),
            "not_final": found.not_final,
            "elsewhere": found.elsewhere,
            "seals": len(evidence.seals),
            "seals_missing": found.missing,
            "findings": findings,
        }
    )
    for place, message in found.false:
        output.say(f"TAMPERED {place}: {message}", "bold")
    output.say(f"{len(found.proven)} of {len(evidence.receipts)} receipts are as the contract says.")
    if found.missing:
        shifts = ", ".join(str(shift) for shift in found.missing[:SHOWN_SHIFTS])
        more = " ..." if len(found.missing) > SHOWN_SHIFTS else ""
        output.say(f"No receipt proves the seals of {len(found.missing)} shifts: {shifts}{more}")
    if found.not_final or found.elsewhere:
        output.say(f"Not judged: {found.not_final} in blocks that are not final, {found.elsewhere} of other contracts.")
    output.say(f"{result}. The records themselves are checked by `inspector verify`; this is as good as the node.")
    return EXIT_TAMPERED if found.false else 0 if valid else 1


def _describe(chain: Chain, name: str, final: int) -> dict[str, Any]:
    station = station_id(name)
    state, history = chain.state(station), read_history(chain, station)
    if state is None:
        raise ConfigError(f"the contract does not know {name}", "Register it, or check its name")
    entries = [
        {
            "index": event.number("index"),
            "kind": {1: "head", 2: "seal"}.get(int(str(event.values.get("kind", 0))), "rotation"),
            "shift": event.number("shift"),
            "count": event.values.get("count", 0),
            "digest": event.hash_of("digest").hex(),
            "block": event.block,
            "time_s": event.number("time"),
            "final": event.block <= final,
        }
        for event in read_entries(chain, station)
    ][::-1]
    return {
        "name": name,
        "sender": state.sender.lower(),
        "open_shift": state.shift,
        "head_count": state.head_count,
        "revoked": state.revoked,
        "revoked_from": None if history is None else history.revoked_from,
        "keys": []
        if history is None
        else [{"after": key.after, "shift": key.shift, "fingerprint": key.fingerprint} for key in history.keys],
        "entries": entries,
    }


def _tell(output: Output, station: dict[str, Any]) -> None:
    revoked = ", revoked" if station["revoked"] else ""
    output.say(f"{station['name']}{revoked}: writes from {station['sender']}, open shift {station['open_shift']}.")
    for key in station["keys"]:
        output.say(f"key {key['fingerprint']} from shift {key['shift']} on")
    header = ("entry", "kind", "shift", "records", "SHA-256", "block", "final")
    rows = [
        (e["index"], e["kind"], e["shift"], e["count"], e["digest"][:16], e["block"], "yes" if e["final"] else "no")
        for e in station["entries"]
    ]
    output.table(f"Entries of {station['name']}", header, rows)


def _chain(arguments: argparse.Namespace) -> Chain:
    values: dict[str, Any] = {
        "url": arguments.url,
        "chain_id": arguments.chain_id,
        "contract": getattr(arguments, "contract", NOWHERE),
        "ca_file": arguments.ca_file,
        "token_file": arguments.token_file,
    }
    if arguments.confirmations is not None:
        values |= {"finality": "confirmations", "confirmations": arguments.confirmations}
    try:
        settings = NodeSettings(**values)
    except ValidationError as error:
        raise ConfigError(f"this names no node: {explain(error)}", "Check the options") from error
    return open_chain(settings)


def _station(arguments: argparse.Namespace) -> str:
    if not _STATION.fullmatch(arguments.station):
        raise ConfigError(f"{arguments.station!a} is no name of a station", "Take the name from its station.toml")
    return str(arguments.station)


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text) or text.lower() == NOWHERE:
        raise ConfigError(f"{text!a} is no address of an account", "Write 0x and 40 hex digits")
    return text.lower()
