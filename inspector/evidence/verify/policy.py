# SPDX-License-Identifier: AGPL-3.0-or-later
"""The policy of whoever checks (docs/formats.md, section 12): what they know from elsewhere, and what they ask for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields

from inspector.errors import FormatInvalid
from inspector.evidence.keys import parse_public_key
from inspector.evidence.log_policy import LogPolicy, PolicyLog, parse_log_policy
from inspector.evidence.note import NoteKey, parse_vkey
from inspector.evidence.tsa_roots import TsaRoots, read_certificates
from inspector.evidence.verify.begin import Begin
from inspector.evidence.verify.contracts import NOT_ASKED, Contract
from inspector.evidence.verify.documents import Statements
from inspector.evidence.verify.logs import Logs
from inspector.evidence.verify.report import VerificationReport

LONGEST_POLICY = 64_000
LEDGERS = ("log", "rfc3161", "evm", "witness")
_MOST = 100
_STATION = re.compile("[A-Za-z0-9._-]{1,64}")
_DIGEST = re.compile("[0-9a-f]{64}")
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_OID = re.compile(r"[012](\.(0|[1-9][0-9]{0,18})){1,30}")


@dataclass(frozen=True)
class Policy:
    """What one knows and asks for; what is absent is not checked.

    Attributes:
        station: Name that the station must have.
        station_key: Its raw public key, 32 bytes.
        log_key: Key of the ledger's log, of which no witness is asked.
        bypass_authorities: Raw public keys that may sign permits of a bypass.
        plant_root: Raw public key of the plant root.
        root_statements: Certificates and revocations of it.
        require: Ledgers that each sealed shift must have been shown to.
        latest: Number and document hash of the newest seal that one knows of.
        tsa_roots: Authorities of time stamps that are trusted.
        tsa_policies: Object identifiers, one of which a time stamp must have; empty for any.
        stamped_within_s: A seal must have been stamped within so many seconds of its own time.
        evm: The contract that is trusted.
        logs: Further logs with their witnesses; a receipt of one log of each policy is asked for with `require`.
        cosigned_within_s: A seal must have been seen by their quorum within so many seconds of its own time.
        release_authorities: Raw public keys that may propose and approve releases.
    """

    station: str | None = None
    station_key: bytes | None = None
    log_key: NoteKey | None = None
    bypass_authorities: tuple[bytes, ...] = ()
    plant_root: bytes | None = None
    root_statements: tuple[bytes, ...] = ()
    require: tuple[str, ...] = ()
    latest: tuple[int, str] | None = None
    tsa_roots: TsaRoots | None = None
    tsa_policies: tuple[str, ...] = ()
    stamped_within_s: int | None = None
    evm: Contract | None = None
    logs: tuple[LogPolicy, ...] = ()
    cosigned_within_s: int | None = None
    release_authorities: tuple[bytes, ...] = ()

    @property
    def log_policies(self) -> tuple[LogPolicy, ...]:
        """All logs that one knows; `log_key` is one without witnesses, unless `logs` says more of it."""
        names = {log.key.name for one in self.logs for log in one.logs}
        if self.log_key is None or self.log_key.name in names:
            return self.logs
        return (*self.logs, LogPolicy((PolicyLog(self.log_key),)))

    def named_statements(self) -> list[tuple[str, bytes]]:
        """The statements of the plant root, each with a name for findings."""
        return [(f"root_statements[{number}] of the policy", data) for number, data in enumerate(self.root_statements)]


def parse_policy(data: bytes) -> Policy:
    """Read a policy file.

    Args:
        data: The file; at most `LONGEST_POLICY` bytes.

    Raises:
        FormatInvalid: It is too long, no TOML, or has a key or value that is not allowed.
    """
    if len(data) > LONGEST_POLICY:
        raise FormatInvalid(f"The policy is longer than {LONGEST_POLICY} bytes")
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatInvalid(f"The policy is not TOML: {error}") from error
    unknown = sorted(set(document) - {field.name for field in fields(Policy)})
    if unknown:
        raise FormatInvalid(f"The policy has the key {unknown[0][:40]!a}, which does not exist")
    known = {name: document.get(name) for name in ("station", "station_key", "log_key", "plant_root", "latest")}
    policies = _oids(document.get("tsa_policies", []))
    if "tsa_roots" not in document and (policies or "stamped_within_s" in document):
        raise FormatInvalid("The policy asks how time stamps must be, and names no tsa_roots that they must be of")
    policy = Policy(
        station=None if known["station"] is None else _station(known["station"]),
        station_key=None if known["station_key"] is None else _key(known["station_key"], "station_key"),
        log_key=None if known["log_key"] is None else parse_vkey(_text(known["log_key"], "log_key")),
        bypass_authorities=_authorities(document, "bypass_authorities"),
        release_authorities=_authorities(document, "release_authorities"),
        plant_root=None if known["plant_root"] is None else _key(known["plant_root"], "plant_root"),
        root_statements=tuple(
            text.encode("utf-8", "replace") for text in _list(document.get("root_statements", []), "root_statements")
        ),
        tsa_roots=None if "tsa_roots" not in document else _tsa_roots(document["tsa_roots"], policies),
        tsa_policies=policies,
        stamped_within_s=_seconds(document, "stamped_within_s"),
        logs=_logs(document.get("logs", [])),
        cosigned_within_s=_seconds(document, "cosigned_within_s"),
        evm=None if "evm" not in document else _contract(document["evm"]),
        require=_require(document.get("require", [])),
        latest=None if known["latest"] is None else _latest(known["latest"]),
    )
    if policy.cosigned_within_s is not None and not any(one.asks for one in policy.logs):
        raise FormatInvalid("The policy asks when witnesses must have cosigned, and names none in logs")
    names = [log.key.name for one in policy.logs for log in one.logs]
    names += [] if policy.log_key is None else [policy.log_key.name]
    if len(set(names)) < len(names):
        raise FormatInvalid("The policy names a log twice")
    return policy


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise FormatInvalid(f"{name} of the policy is not text")
    return value


def _list(value: object, name: str) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise FormatInvalid(f"{name} of the policy is not a list of at most {_MOST}")
    return [_text(item, name) for item in value]


def _station(value: object) -> str:
    name = _text(value, "station")
    if not _STATION.fullmatch(name):
        raise FormatInvalid("station of the policy is no name of a station")
    return name


def _key(value: object, name: str) -> bytes:
    return parse_public_key(_text(value, name))


def _authorities(document: Mapping[str, object], name: str) -> tuple[bytes, ...]:
    return tuple(parse_public_key(text) for text in _list(document.get(name, []), name))


def _tsa_roots(value: object, policies: Sequence[str]) -> TsaRoots:
    return TsaRoots([one for text in _list(value, "tsa_roots") for one in read_certificates(text)], policies)


def _oids(value: object) -> tuple[str, ...]:
    found = _list(value, "tsa_policies")
    if any(not _OID.fullmatch(text) for text in found):
        raise FormatInvalid("tsa_policies of the policy holds something else than object identifiers such as 1.2.3.4")
    return tuple(found)


def _seconds(document: Mapping[str, object], name: str) -> int | None:
    value = document.get(name)
    if name in document and (type(value) is not int or not 1 <= value < 2**31):
        raise FormatInvalid(f"{name} of the policy is no number of seconds from 1")
    return value if isinstance(value, int) else None


def _logs(value: object) -> tuple[LogPolicy, ...]:
    policies = tuple(parse_log_policy(text.encode("utf-8", "surrogatepass")) for text in _list(value, "logs"))
    if not all(policy.logs for policy in policies):
        raise FormatInvalid("logs of the policy holds a policy that names no log")
    return policies


def _contract(value: object) -> Contract:
    known = {"chain_id": 2**53 - 1, "contract": 0, "confirmations": 100_000, "within_s": 2**31 - 1}
    if not isinstance(value, Mapping) or not {"chain_id", "contract"} <= set(value) <= set(known):
        raise FormatInvalid("evm of the policy is not {chain_id, contract}, and confirmations, within_s if wanted")
    for name, most in known.items():
        number = value.get(name, 1)
        if most and (type(number) is not int or not (name != "confirmations") <= number <= most):
            raise FormatInvalid(f"evm.{name} of the policy is no number up to {most}")
    address = _text(value["contract"], "evm.contract")
    if not _ADDRESS.fullmatch(address):
        raise FormatInvalid("evm.contract of the policy is not 0x and 40 hex digits")
    return Contract(value["chain_id"], address.lower(), value.get("confirmations"), value.get("within_s"))


def _require(value: object) -> tuple[str, ...]:
    names = _list(value, "require")
    if any(name not in LEDGERS for name in names):
        raise FormatInvalid(f"require of the policy holds something else than {', '.join(LEDGERS)}")
    return tuple(dict.fromkeys(names))


def _latest(value: object) -> tuple[int, str]:
    if not isinstance(value, Mapping) or set(value) != {"shift", "seal"}:
        raise FormatInvalid("latest of the policy is not {shift, seal}")
    shift, seal = value["shift"], value["seal"]
    if type(shift) is not int or not 1 <= shift < 2**53:
        raise FormatInvalid("latest.shift of the policy is no number of a shift")
    if not isinstance(seal, str) or not _DIGEST.fullmatch(seal):
        raise FormatInvalid("latest.seal of the policy is no hash of 64 hex digits")
    return shift, seal


class PolicyChecker:
    """Compares what was found with what one knows and asks for.

    Args:
        policy: The policy.
        report: Takes the findings.
        statements: Seals and heads.
        begin: Where the records begin.
        last_shift: Last shift of a bundle; None for all there are.
    """

    def __init__(
        self,
        policy: Policy,
        report: VerificationReport,
        statements: Statements,
        begin: Begin,
        last_shift: int | None = None,
    ) -> None:
        self._policy = policy
        self._report = report
        self._statements = statements
        self._begin = begin
        self._last_shift = last_shift

    def finish(self, logs: Logs, stamped: Collection[str] = (), held: Collection[str] | None = None) -> None:
        """After everything else.

        Args:
            logs: What receipts prove to be in the logs that are known.
            stamped: Document hashes of those that a trusted authority has stamped.
            held: Document hashes of those that the contract has; None if no node could be asked.
        """
        report, policy = self._report, self._policy
        if policy.station is not None and report.station != policy.station:
            message = f"it is station {report.station or 'nobody'}, the policy is for {policy.station}"
            report.tamper("POLICY-02", "policy", message)
        self._require_logs(logs)
        for ledger in policy.require:
            if ledger == "rfc3161":
                self._require(stamped, "a time stamp of an authority that you trust")
            elif ledger == "evm" and held is not None:
                self._require(held, "an entry in the contract")
            elif ledger == "evm":
                self._report.unchecked(
                    "POLICY-01", "policy", f"it requires evm, and no node could be asked: {NOT_ASKED}"
                )
        if policy.latest is not None:
            self._compare_latest(*policy.latest)

    def _require_logs(self, logs: Logs) -> None:
        """Of each policy that names logs, one log must have each seal; for `witness`, of those with a quorum."""
        witnessed = [asked for asked in logs.asked if asked.policy.asks]
        if "witness" in self._policy.require and not witnessed:
            message = "it requires witnesses, and names no log with a quorum of them"
            self._report.unchecked("POLICY-01", "policy", message)
        if "log" in self._policy.require and not logs.asked:
            self._require((), "a receipt of the log")
        for asked in logs.asked:
            if "log" in self._policy.require or ("witness" in self._policy.require and asked.policy.asks):
                self._require(asked.proven, asked.what)

    def _require(self, proven: Collection[str], what: str) -> None:
        """Each sealed shift here must have it."""
        for shift, seal in sorted(self._statements.seals.items()):
            if seal.digest not in proven and (self._last_shift is None or shift <= self._last_shift):
                message = f"the policy requires {what} for it, and there is no valid one"
                self._report.unchecked("POLICY-01", seal.place, message, seal.last)

    def _compare_latest(self, shift: int, digest: str) -> None:
        place = f"seal of shift {shift}"
        seal = self._statements.seals.get(shift)
        if seal is None and shift < self._begin.shift - 1:
            message = "the policy knows it; it is too far before the first shift here to be compared"
            self._report.unchecked("POLICY-01", place, message)
            return
        found = self._begin.prev_seal if shift == self._begin.shift - 1 else None if seal is None else seal.digest
        if found is None:
            self._report.tamper("POLICY-02", place, "the policy knows it, and it is not here")
        elif found != digest:
            self._report.tamper("POLICY-02", place, "it is another one than the policy knows")
