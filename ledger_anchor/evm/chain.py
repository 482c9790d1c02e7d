# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chain through a node: the only module that imports web3 and eth_account.

It asks and tells; what to do with the answers is `driver` and `verify`. Nothing of a node's address but its host is in
any message: addresses of nodes hold access tokens.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from eth_account import Account as EthAccount
from web3 import Web3
from web3.exceptions import BlockNotFound, ContractLogicError, TransactionNotFound, Web3Exception, Web3RPCError
from web3.middleware import AttributeDictMiddleware, ExtraDataToPOAMiddleware
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from inspector.config.ledger import NodeSettings
from inspector.durable import write_durable
from inspector.errors import ConfigError, LedgerInconsistent, LedgerUnreachable, PassphraseWrong, TransactionRefused
from ledger_anchor.evm.artefact import artefact
from ledger_anchor.evm.model import Block, Entry, Event, Fees, Outcome, Revert, StationState
from ledger_anchor.passphrase import read_secret
from ledger_anchor.web.fetch import fetch, http_client

sys.setrecursionlimit(min(sys.getrecursionlimit(), 1000))
"""Python's own limit again: py_ecc, which comes with web3, sets 100,000 for the whole process, and then a node that
answers with deeply nested JSON ends it with a segmentation fault."""

LONGEST_ANSWER = 5_000_000
_TOO_MANY = 429
_LIMIT_EXCEEDED = -32005
_WAIT = "Wait, or ask who runs the node"

_NONSENSE = (Web3Exception, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What web3 ends with where an answer has another shape than it expects."""

_T = TypeVar("_T")


class _Provider(JSONBaseProvider):
    """Sends requests within a time and a size, and tries none again: that is the anchor's business."""

    def __init__(self, settings: NodeSettings) -> None:
        super().__init__()
        self._url, self._within_s = settings.url, settings.timeout_s
        self.host = urlsplit(settings.url).netloc
        self._headers = {"Content-Type": "application/json"}
        if settings.token_file:
            self._headers["Authorization"] = f"Bearer {read_secret(Path(settings.token_file))}"
        self.http = http_client(Path(settings.ca_file) if settings.ca_file else None)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One request."""
        body = self.encode_rpc_request(method, params)
        try:
            answer = fetch(
                self.http,
                "POST",
                self._url,
                body,
                within_s=self._within_s,
                longest=LONGEST_ANSWER,
                headers=self._headers,
            )
        except LedgerUnreachable as error:
            raise LedgerUnreachable(
                f"The node {self.host} does not answer: {error.message.replace(self._url, 'it')}",
                "Check the network and the node",
            ) from None  # the chain of errors has the whole address
        if answer.status == _TOO_MANY:
            raise LedgerUnreachable(f"The node {self.host} wants fewer requests", "Raise poll_s, or the node's limit")
        if answer.status != 200:
            raise LedgerUnreachable(f"The node {self.host} answers with HTTP status {answer.status}", _WAIT)
        return self.decode_rpc_response(answer.body)


class Chain:
    """A contract on a chain, through one node.

    Args:
        settings: Which node, chain and contract.
    """

    def __init__(self, settings: NodeSettings) -> None:
        self._settings = settings
        self._provider = _Provider(settings)
        # Only these of web3's: the others ask the node for what is known (chain, fees, names instead of addresses).
        # Blocks of QBFT and the like have more in their extraData than those of the main net.
        middleware = [(AttributeDictMiddleware, "attributes"), (ExtraDataToPOAMiddleware, "extra data")]
        self._w3 = Web3(self._provider, middleware=cast(Any, middleware))
        self._address = Web3.to_checksum_address(settings.contract)
        self._contract = self._w3.eth.contract(address=self._address, abi=artefact().abi)
        self._errors = {
            bytes(Web3.keccak(text=_signature(item))[:4]): item for item in artefact().abi if item["type"] == "error"
        }

    @property
    def host(self) -> str:
        """Of the node."""
        return self._provider.host

    @property
    def settings(self) -> NodeSettings:
        """As given."""
        return self._settings

    def close(self) -> None:
        """Close connections."""
        self._provider.http.close()

    def check_chain(self) -> None:
        """Whether the node is of the right chain, and not still catching up.

        Raises:
            LedgerInconsistent: It is of another chain.
            LedgerUnreachable: It does not answer, or is behind.
        """
        found = self._ask("its chain", lambda: self._w3.eth.chain_id)
        if found != self._settings.chain_id:
            raise LedgerInconsistent(
                f"The node {self.host} is of chain {found}, not {self._settings.chain_id}", "Check url and chain_id"
            )
        if self._ask("whether it is behind", lambda: self._w3.eth.syncing):
            raise LedgerUnreachable(f"The node {self.host} is still catching up with its chain", "Wait until it has")

    def check_identity(self) -> None:
        """Whether chain and contract are the right ones.

        Raises:
            LedgerInconsistent: The chain is another one, or there is other code at the address.
            LedgerUnreachable: The node does not answer, is behind, or knows no contract there.
        """
        self.check_chain()
        code = self._ask("the contract", lambda: bytes(self._w3.eth.get_code(self._address)))
        if not code:
            raise LedgerUnreachable(
                f"The node {self.host} knows no contract at {self._settings.contract}",
                "Wait until the node has caught up; else check the address",
            )
        if code != artefact().runtime:
            raise LedgerInconsistent(
                f"The contract at {self._settings.contract} is not the AnchorRegistry of this version",
                "Check the address; who deployed it shows the source",
            )

    def block(self, which: int | str) -> Block | None:
        """A block by its number or tag; None if there is none."""
        try:
            return self._ask(f"block {which}", lambda: _block(self._w3.eth.get_block(cast(Any, which))))
        except BlockNotFound:
            return None

    def final_number(self) -> int:
        """Number of the last block that counts as final.

        Raises:
            LedgerUnreachable: The node does not answer, or the chain does not say what is final.
        """
        if self._settings.finality == "confirmations":
            latest = self.block("latest")
            return -1 if latest is None else latest.number - self._settings.confirmations
        try:
            block = self.block("finalized")
        except LedgerUnreachable as error:
            raise LedgerUnreachable(
                f"The node {self.host} does not say which blocks are final: {error.message}",
                "If its chain has no such tag, set finality to 'confirmations'",
            ) from error
        return -1 if block is None else block.number

    def entry(self, station: bytes, leaf: bytes) -> Entry | None:
        """Where a document is in the newest state of the contract; None if it is not there."""
        number, block = self._ask("an entry", lambda: tuple(self._contract.functions.entryOf(station, leaf).call()))
        return Entry(number - 1, block) if number else None

    def state(self, station: bytes, block: int | str = "latest") -> StationState | None:
        """What the contract knows of a station; None if nothing."""
        values = self._ask(
            "a station", lambda: self._contract.functions.stateOf(station).call(block_identifier=cast(Any, block))
        )
        state = StationState(*values)
        return state if state.shift else None

    def size(self) -> int:
        """Number of entries."""
        return int(self._ask("the size", lambda: self._contract.functions.size().call()))

    def owner(self) -> str:
        """Address that may register and revoke, lower case."""
        return str(self._ask("the owner", lambda: self._contract.functions.owner().call())).lower()

    def events(self, block: int, station: bytes | None = None) -> list[Event]:
        """Events of the contract in one block, in order; those of one station if it is given."""
        query: Any = {"fromBlock": block, "toBlock": block, "address": self._address}
        if station is not None:
            query["topics"] = [None, "0x" + station.hex()]
        found = self._ask(
            f"events of block {block}", lambda: [self._event(log) for log in self._w3.eth.get_logs(query)]
        )
        return sorted(found, key=lambda event: event.log_index)

    def call_data(self, function: str, *arguments: object) -> bytes:
        """Data of a transaction that calls a function of the contract; addresses in lower case."""
        inputs = next(item["inputs"] for item in artefact().abi if item.get("name") == function)
        values = [
            Web3.to_checksum_address(str(value)) if part["type"] == "address" else value
            for part, value in zip(inputs, arguments, strict=True)
        ]
        return bytes.fromhex(self._contract.encode_abi(function, args=values)[2:])

    def dry_run(self, sender: str, data: bytes) -> Revert | None:
        """What a call would be refused with in the newest state; None if it would pass."""
        call: Any = {"from": Web3.to_checksum_address(sender), "to": self._address, "data": "0x" + data.hex()}
        try:
            self._ask("a call", lambda: self._w3.eth.call(call))
        except ContractLogicError as error:
            return self._revert(error.data)
        return None

    def gas(self, sender: str, data: bytes, to: str | None) -> int:
        """Gas that a transaction needs; `to` None makes a contract."""
        call: Any = {"from": Web3.to_checksum_address(sender), "data": "0x" + data.hex()}
        if to is not None:
            call["to"] = Web3.to_checksum_address(to)
        try:
            return int(self._ask("the gas", lambda: self._w3.eth.estimate_gas(call)))
        except ContractLogicError as error:
            raise LedgerUnreachable(
                f"The contract refuses it now: {self._revert(error.data).name}", "Try again"
            ) from None

    def nonce(self, address: str, tag: str) -> int:
        """Number of the address's transactions; tag "latest": in blocks, "pending": with those that wait."""
        checked = Web3.to_checksum_address(address)
        return self._ask("a nonce", lambda: int(self._w3.eth.get_transaction_count(checked, cast(Any, tag))))

    def gas_price(self) -> int:
        """What the node suggests to pay for a unit of gas, in wei; for chains without a base fee."""
        return int(self._ask("the gas price", lambda: self._w3.eth.gas_price))

    def outcome(self, transaction: str) -> Outcome | None:
        """What became of a transaction; None if it is in no block."""
        try:
            receipt = self._ask("a transaction", lambda: self._w3.eth.get_transaction_receipt(cast(Any, transaction)))
        except TransactionNotFound:
            return None
        made = receipt.get("contractAddress")
        return Outcome(bool(receipt["status"]), int(receipt["blockNumber"]), str(made).lower() if made else "")

    def send(self, raw: bytes) -> None:
        """Hand a signed transaction to the node.

        Raises:
            TransactionRefused: It does not take it.
            LedgerUnreachable: It does not answer; it may have taken it.
        """
        try:
            self._ask("to send", lambda: self._w3.eth.send_raw_transaction(raw), _refused)
        except TransactionRefused as error:
            raise TransactionRefused(f"The node {self.host} {error.message}", error.advice, error.reason) from error

    def _ask(self, what: str, ask: Callable[[], _T], refuse: Callable[[str], Exception] | None = None) -> _T:
        try:
            return ask()
        except (BlockNotFound, TransactionNotFound, ContractLogicError):
            raise
        except Web3RPCError as error:
            code, words = _reason(error)
            if code == _LIMIT_EXCEEDED:
                message = f"The node {self.host} wants fewer requests"
                raise LedgerUnreachable(message, "Raise poll_s, or the node's limit") from None
            if refuse is not None:
                raise refuse(words) from None
            raise LedgerUnreachable(f"The node {self.host}, asked {what}, says: {words}", _WAIT) from None
        except _NONSENSE as error:
            raise LedgerUnreachable(
                f"The node {self.host}, asked {what}, answers nonsense: {type(error).__name__}", _WAIT
            ) from error

    def _event(self, log: Any) -> Event:
        topic = bytes(log["topics"][0])
        for item in artefact().abi:
            if item["type"] == "event" and bytes(Web3.keccak(text=_signature(item))) == topic:
                parsed = self._contract.events[item["name"]]().process_log(log)
                break
        else:
            raise LedgerUnreachable(f"The node {self.host} shows an event that the contract does not have", _WAIT)
        return Event(
            item["name"],
            dict(parsed["args"]),
            int(log["blockNumber"]),
            "0x" + bytes(log["blockHash"]).hex(),
            "0x" + bytes(log["transactionHash"]).hex(),
            int(log["logIndex"]),
        )

    def _revert(self, data: object) -> Revert:
        raw = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
        item = self._errors.get(raw[:4])
        if item is None:
            return Revert("a reason that the node does not tell", ())
        values = self._w3.codec.decode([part["type"] for part in item["inputs"]], raw[4:])
        return Revert(str(item["name"]), tuple(values))


def _block(found: Any) -> Block:
    base_fee = found.get("baseFeePerGas")
    return Block(
        int(found["number"]),
        "0x" + bytes(found["hash"]).hex(),
        int(found["timestamp"]),
        None if base_fee is None else int(base_fee),
    )


def _reason(error: Web3RPCError) -> tuple[object, str]:
    """Code and words of an error that a node answers with."""
    reason: Any = (error.rpc_response or {}).get("error")
    if isinstance(reason, dict):
        return reason.get("code"), str(reason.get("message"))[:300]
    return None, str(reason)[:300]


def _refused(reason: str) -> TransactionRefused:
    advice = "Give the account enough for gas" if "insufficient funds" in reason.lower() else _WAIT
    return TransactionRefused(f"does not take the transaction: {reason}", advice, reason.lower())


def _signature(item: Any) -> str:
    return f"{item['name']}({','.join(part['type'] for part in item['inputs'])})"


def create_account(path: Path, passphrase: str) -> str:
    """Make an account with its keystore file (scrypt, mode 0600); its address, lower case.

    Raises:
        ConfigError: There is such a file, or it cannot be written.
    """
    if path.exists():
        raise ConfigError(f"{path} is there already", "Name another file: an account's key is nowhere else")
    account = EthAccount.create()
    keystore = json.dumps(EthAccount.encrypt(account.key, passphrase))
    try:
        write_durable(path, keystore.encode("ascii"), mode=0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Check the folder") from error
    return str(account.address).lower()


class Account:
    """Who sends: an Ethereum account whose key was in an encrypted file.

    Args:
        path: Keystore file, as Ethereum's programs write it.
        passphrase: Opens it.

    Raises:
        ConfigError: It cannot be read or is none.
        PassphraseWrong: The passphrase does not open it.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        try:
            keystore = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigError(f"The keystore {path} cannot be read: {type(error).__name__}", "Check path") from None
        try:
            key = EthAccount.decrypt(keystore, passphrase)
        except (ValueError, KeyError, TypeError) as error:
            if "MAC mismatch" in str(error):
                raise PassphraseWrong(f"The passphrase does not open {path}", "Check the passphrase file") from None
            raise ConfigError(f"{path} is no keystore of Ethereum", "Make one: inspector ledger evm account") from None
        self._account = EthAccount.from_key(key)
        self.address = str(self._account.address).lower()

    def sign(
        self, *, chain_id: int, nonce: int, to: str | None, data: bytes, gas: int, fees: Fees
    ) -> tuple[bytes, str]:
        """Sign a transaction; its bytes and its hash."""
        transaction: dict[str, Any] = {"chainId": chain_id, "nonce": nonce, "data": data, "gas": gas, "value": 0}
        if to is not None:
            transaction["to"] = Web3.to_checksum_address(to)
        if fees.priority_wei is None:
            transaction["gasPrice"] = fees.max_wei
        else:
            transaction["maxFeePerGas"], transaction["maxPriorityFeePerGas"] = fees.max_wei, fees.priority_wei
        signed = self._account.sign_transaction(transaction)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()
