# SPDX-License-Identifier: AGPL-3.0-or-later
"""Receipts that are entries in a contract (docs/formats.md, section 6.2), against a node of whoever checks.

Which chain and which contract count says the policy, never a receipt. How a node is asked is not here: a package that
can do that brings a `ContractNode`. A node that is away, of another chain, or shows another contract says nothing of
the records: "could not check", never more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from inspector.errors import EvidenceError, LedgerError
from inspector.evidence.keys import key_fingerprint
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.documents import Statement, Statements
from inspector.evidence.verify.json import Malformed, Whole, compiled, read_json
from inspector.evidence.verify.keys import RotationSeen
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.schema import Fields, whole, word
from inspector.evidence.verify.times import CLOCK_MAY_DIFFER_US, utc_words

KIND = "evm"
NOT_ASKED = "name the contract in the policy (evm), and give a node of your own (--evm-node)"
_HASH = re.compile("0x[0-9a-f]{64}")
_FITS = compiled(
    {
        "v": Whole(1, 1),
        "chain_id": Whole(),
        "contract": re.compile("0x[0-9a-f]{40}"),
        "block_number": Whole(),
        "block_hash": _HASH,
        "transaction": _HASH,
        "log_index": Whole(),
        "index": Whole(),
    }
)
_SECOND_US = 1_000_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract that whoever checks trusts.

    Attributes:
        chain_id: Number of its chain.
        address: "0x" and 40 hex digits, lower case.
        confirmations: So many blocks upon one make it final; None: what the chain calls finalized.
        within_s: A seal must be in a block within so many seconds of its own time; None for any.
    """

    chain_id: int
    address: str
    confirmations: int | None = None
    within_s: int | None = None

    @property
    def origin(self) -> str:
        """Its name where revocations of keys name a log (CAIP-10); labels in receipts are nobody's word."""
        return f"eip155:{self.chain_id}:{self.address}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the contract has to say of a seal, head or rotation.

    Attributes:
        station: Name of the station.
        kind: "seal", "head" or "rotation".
        shift: Its shift; of a rotation the first of the new key.
        first: First record; 0 for a rotation.
        count: Number of records; 0 for a rotation.
        prev_seal: Hash of the seal before, 32 bytes; empty for a rotation.
        digest: Hash of the document, 32 bytes.
        leaf: Leaf hash of document and signature, 32 bytes.
        keys: SHA-256 of the key that it names, 32 bytes; of a rotation those of the old one and the new one.
    """

    station: str
    kind: str
    shift: int
    first: int
    count: int
    prev_seal: bytes
    digest: bytes
    leaf: bytes
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """What the contract has.

    Attributes:
        index: Position in the contract, from 0.
        block: Number of the block.
        time_s: Its time, UTC, seconds since 1970: the document existed then.
    """

    index: int
    block: int
    time_s: int


@dataclass(frozen=True, slots=True)
class Newest:
    """How far a station has come in a contract.

    Attributes:
        shift: The shift after its last seal.
        seal: Hash of its last seal, 64 hex digits; zeros if there is none.
        count: Records under the last head of that shift; 0 if there is none.
        revoked: Whether the contract takes nothing of it any more.
    """

    shift: int
    seal: str
    count: int
    revoked: bool


class ContractNode(Protocol):
    """A node of whoever checks. All of it raises LedgerError where it cannot be said."""

    def begin(self) -> None:
        """Look at chain and contract, and keep which block is final now: before the records are opened.

        Raises:
            LedgerUnreachable: It does not answer.
            LedgerInconsistent: It is of another chain, or there is another contract.
        """
        ...

    def held(self, entry: Entry, index: int, proof: str) -> Held | None:
        """Whether the contract has it where a receipt says; None if the block was not final at `begin`.

        Raises:
            ProofInvalid: It has not, or something else.
            LedgerUnreachable: It does not answer.
        """
        ...

    def newest(self, station: str) -> Newest | None:
        """How far the station had come in what was final at `begin`; None if the contract did not know it.

        Raises:
            LedgerUnreachable: It does not answer.
        """
        ...


class ContractChecker:
    """Checks such receipts as they come.

    Args:
        report: Takes the findings.
        contract: The one that is trusted; None if whoever checks named none.
        node: Their node, or None.
        complete: Whether all records of the station should be here, as in its directory.

    Attributes:
        held: What the contract has, by document hash.
    """

    def __init__(
        self,
        report: VerificationReport,
        contract: Contract | None,
        node: ContractNode | None,
        *,
        complete: bool = False,
    ) -> None:
        self._report = report
        self._contract = contract
        self._node = node if contract is not None else None
        self._complete = complete
        self._not_asked = self._elsewhere = self._not_final = 0
        self._seen = False
        self._newest: Newest | None = None
        self.held: dict[str, Held] = {}
        self._ask(lambda one: one.begin())

    @property
    def asked(self) -> bool:
        """Whether there is a node, and it has answered so far."""
        return self._node is not None

    @property
    def indexes(self) -> dict[tuple[str, str], int]:
        """Position by document hash and name of the contract: what revocations of keys are held against."""
        origin = "" if self._contract is None else self._contract.origin
        return {(digest, origin): held.index for digest, held in self.held.items()}

    def _ask(self, question: Callable[[ContractNode], _T]) -> _T | None:
        """The node's answer; after it could not say something once it is asked nothing more."""
        if self._node is None:
            return None
        try:
            return question(self._node)
        except LedgerError as error:
            self._report.unchecked("EVM-02", "your node", error.message)
            self._node = None
            return None

    def check(self, fields: Fields, known: Statement | RotationSeen, place: str, order: int) -> None:
        """Check one receipt.

        Args:
            fields: Of the receipt.
            known: What it is for.
            place: Its name in findings.
            order: Number of its record.
        """
        self._look()
        self.check_proof(word(fields, "proof"), whole(fields, "index"), known, place, order)

    def check_proof(
        self, text: str, index: int | None, known: Statement | RotationSeen, place: str, order: int
    ) -> None:
        """Check one without what the station's record says around it.

        Args:
            text: The `proof` of a receipt.
            index: What the receipt says; None where it says nothing beside its proof.
            known: What it is for.
            place: Its name in findings.
            order: Number of its record.
        """
        contract = self._contract
        if contract is None or self._node is None:
            self._not_asked += 1
            return
        self._report.count("entries in a contract")
        try:
            proof = _read(text)
        except Malformed as error:
            self._report.tamper("EVM-01", place, f"its proof is malformed: {error.message}", order)
            return
        if (proof["chain_id"], proof["contract"]) != (contract.chain_id, contract.address):
            self._elsewhere += 1
            return
        entry, index = self._entry(known), whole(proof, "index") if index is None else index
        try:
            held = self._ask(lambda node: node.held(entry, index, text))
        except EvidenceError as error:
            self._report.tamper("EVM-01", place, f"receipt of the {known.place}: {error.message}", order)
            return
        if held is not None:
            self.held[known.digest] = held
        elif self._node is not None:
            self._not_final += 1

    def _entry(self, known: Statement | RotationSeen) -> Entry:
        leaf = known.leaf or b""
        if isinstance(known, RotationSeen):
            keys = tuple(bytes.fromhex(key_fingerprint(key)) for key in (known.old, known.new))
            digest = bytes.fromhex(known.digest)
            return Entry(self._report.station, "rotation", known.shift, 0, 0, b"", digest, leaf, keys)
        return Entry(
            word(known.fields, "station"),
            known.kind,
            known.shift,
            known.first,
            known.count,
            bytes.fromhex(word(known.fields, "prev_seal")),
            bytes.fromhex(known.digest),
            leaf,
            (bytes.fromhex(word(known.fields, "key")),),
        )

    def _look(self) -> None:
        """How far the station has come there, once: early, since nodes forget old states."""
        if not self._seen and self._report.station:
            self._seen = True
            self._newest = self._ask(lambda node: node.newest(self._report.station))

    def finish(self, statements: Statements, begin: Begin) -> None:
        """After the last receipt: what follows from all of them.

        Args:
            statements: The station's seals and heads.
            begin: Where the records begin.
        """
        self._look()
        self.finish_statements(list(statements.all()))
        if self._newest is not None:
            self._compare_newest(self._newest, statements, begin)
        elif self.asked:
            self._report.skip("the contract knows nothing of this station, in what is final for your node")

    def finish_statements(self, statements: Sequence[Statement]) -> None:
        """What follows of some seals and heads alone."""
        if self._not_asked:
            self._report.skip(f"receipts of ledger kind {KIND} were not checked: {NOT_ASKED}")
        if self._elsewhere:
            self._report.skip(f"{self._elsewhere} receipts of other contracts than yours count for nothing")
        if self._not_final:
            self._report.skip(f"{self._not_final} receipts in blocks that are not final for your node")
        there = [one for one in statements if one.digest in self.held]
        for statement in there:
            self._compare_times(statement, self.held[statement.digest])
        last = max((one for one in there if one.kind == "seal"), key=lambda one: one.shift, default=None)
        if last is not None and self._contract is not None:
            held = self.held[last.digest]
            self._report.say(
                f"the seal of shift {last.shift} is entry {held.index} of contract {self._contract.address} on chain "
                f"{self._contract.chain_id}, in a block of {utc_words(held.time_s * _SECOND_US)}"
            )
            self._report.skip("what contract and chain say is as good as the node that you gave")

    def _compare_times(self, statement: Statement, held: Held) -> None:
        """The document's own time against that of its block (docs/formats.md, LEDGER-08)."""
        said_us, block_us = whole(statement.fields, "t_us"), held.time_s * _SECOND_US
        within_s = None if self._contract is None else self._contract.within_s
        message = ""
        if said_us > block_us + CLOCK_MAY_DIFFER_US:
            message = f"it says {utc_words(said_us)}, and is in a block of {utc_words(block_us)}"
        elif statement.kind == "seal" and within_s is not None and block_us - said_us > within_s * _SECOND_US:
            message = (
                f"it says {utc_words(said_us)}, and its block {utc_words(block_us)}: later than the {within_s} s that "
                "you allow"
            )
        if message:
            self._report.unchecked("LEDGER-08", statement.place, message, statement.last)

    def _compare_newest(self, newest: Newest, statements: Statements, begin: Begin) -> None:
        """Whether the last seal and head that the contract has are here."""
        sealed = newest.shift - 1
        if newest.revoked:
            self._report.say("the contract's owner has revoked the station: it takes nothing more of it")
        last = max(statements.seals, default=begin.shift - 1)
        place, seal = f"seal of shift {sealed}", statements.seals.get(sealed)
        here = begin.prev_seal if sealed == begin.shift - 1 else None if seal is None else seal.digest
        if here is not None and sealed and here != newest.seal:
            self._report.tamper("EVM-03", place, "the contract has another one")
        elif sealed > last and self._complete:
            self._report.tamper("EVM-03", place, f"the contract has it, and the last one here is that of shift {last}")
        elif sealed > last:
            self._report.say(f"the contract has seals of this station up to shift {sealed}: later than what is here")
        after = statements.seals.get(newest.shift)
        if after is not None and after.count < newest.count:
            message = f"the contract has a head of it over {newest.count} records, more than it has"
            self._report.tamper("EVM-03", after.place, message, after.last)
        elif after is None and self._complete and newest.count:
            self._compare_head(newest, statements)

    def _compare_head(self, newest: Newest, statements: Statements) -> None:
        """The last head that the contract has of a shift without a seal."""
        if all(head.count != newest.count for head in statements.heads.get(newest.shift, [])):
            place = f"head of shift {newest.shift}"
            self._report.tamper("EVM-03", place, f"the contract has one over {newest.count} records that is not here")


def _read(text: str) -> Fields:
    """Fields of a proof.

    Raises:
        Malformed: It is none, or not in its one spelling.
    """
    fields = read_json(text.encode("utf-8", "surrogatepass"))
    wrong = _FITS(fields)
    if wrong:
        raise Malformed("FORMAT-02", f"the proof{wrong}")
    return fields
