# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which logs and witnesses one trusts, and how many of them are enough (c2sp.org/tlog-policy).

The file is shared with other programs for transparency logs. It says nothing about stations.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from inspector.errors import FormatInvalid, SignatureInvalid
from inspector.evidence.cosignature import CosignerKey, parse_cosigner_key, read_cosignatures
from inspector.evidence.note import Checkpoint, NoteKey, open_checkpoint, parse_checkpoint, parse_vkey, split_note

LONGEST_POLICY = 64_000
_MOST_NAMES = 256
_NONE = "none"
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class PolicyLog:
    """A log that is accepted.

    Attributes:
        key: Its key; the key's name is the origin.
        url: Where it answers, or "".
    """

    key: NoteKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class PolicyWitness:
    """A witness.

    Attributes:
        name: Its name in the policy, which means nothing elsewhere.
        key: Its key.
        url: Its submission prefix (c2sp.org/tlog-witness), or "".
    """

    name: str
    key: CosignerKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that a policy accepts.

    Attributes:
        checkpoint: What it says.
        log: The log that signed it.
        times_s: Time of each valid cosignature in seconds since 1970, by name of the witness in the policy.
    """

    checkpoint: Checkpoint
    log: NoteKey
    times_s: dict[str, int]


@dataclass(frozen=True)
class LogPolicy:
    """A policy as it was read.

    Attributes:
        logs: The accepted logs; empty where the log is known from elsewhere.
        witnesses: All witnesses.
        groups: Name of a group to its threshold and members; only names of lines before it.
        quorum: Name of a witness or group, or "none".
    """

    logs: tuple[PolicyLog, ...] = ()
    witnesses: tuple[PolicyWitness, ...] = ()
    groups: dict[str, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    quorum: str = _NONE

    def is_met(self, cosigned: Collection[str]) -> bool:
        """Whether these witnesses, by their names in the policy, are enough."""
        return self.quorum == _NONE or self._holds(self.quorum, cosigned)

    @property
    def asks(self) -> bool:
        """Whether any witness has to cosign."""
        return self.quorum != _NONE

    def met_at(self, times_s: Mapping[str, int]) -> int | None:
        """When there were enough witnesses.

        Args:
            times_s: Time of each cosignature in seconds since 1970, by name of the witness in the policy.

        Returns:
            The earliest time by which those that had cosigned were enough; None if never, or if none are asked for.
        """
        for time_s in sorted(set(times_s.values()) if self.asks else ()):
            if self.is_met([name for name, at_s in times_s.items() if at_s <= time_s]):
                return time_s
        return None

    def _holds(self, name: str, cosigned: Collection[str]) -> bool:
        if name not in self.groups:
            return name in cosigned
        threshold, members = self.groups[name]
        return sum(self._holds(member, cosigned) for member in members) >= threshold

    def cosigned(self, note: bytes) -> dict[str, int]:
        """Times of the valid cosignatures by name of the witness in the policy.

        Raises:
            FormatInvalid: The note is malformed.
            SignatureInvalid: A signature of a known witness is bad.
        """
        names = {witness.key: witness.name for witness in self.witnesses}
        return {names[key]: time_s for key, time_s in read_cosignatures(note, names).items()}

    def accept(self, note: bytes, log: NoteKey | None = None) -> Seen:
        """Check a checkpoint: signed by the log, cosigned by enough witnesses.

        Args:
            note: The checkpoint with its signatures.
            log: The log that it must be of; None takes the one that the policy names for its origin.

        Raises:
            FormatInvalid: It is malformed, or of a log that the policy does not name.
            SignatureInvalid: A signature is bad, or too few witnesses cosigned.
        """
        key = log if log is not None else self._log_of(note)
        checkpoint = open_checkpoint(note, key)
        times_s = self.cosigned(note)
        if not self.is_met(times_s):
            who = ", ".join(sorted(times_s)) or "no witness"
            raise SignatureInvalid(f"Cosigned by {who}: not enough for the quorum {self.quorum}")
        return Seen(checkpoint, key, times_s)

    def _log_of(self, note: bytes) -> NoteKey:
        origin = parse_checkpoint(split_note(note)[0]).origin
        for known in self.logs:
            if known.key.name == origin:
                return known.key
        raise FormatInvalid(f"The policy names no log {ascii(origin)[:60]}")


class _Reader:
    """Takes the lines of a policy one after the other."""

    def __init__(self) -> None:
        self.logs: list[PolicyLog] = []
        self.witnesses: list[PolicyWitness] = []
        self.groups: dict[str, tuple[int, tuple[str, ...]]] = {}
        self.quorum: str | None = None
        self._free: set[str] = set()
        self._named: set[str] = {_NONE}

    def take(self, words: list[str]) -> None:
        keyword, rest = words[0], words[1:]
        if keyword == "log" and len(rest) in (1, 2):
            self._log(*rest)
        elif keyword == "witness" and len(rest) in (2, 3):
            self._witness(*rest)
        elif keyword == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], tuple(rest[2:]))
        elif keyword == "quorum" and len(rest) == 1:
            self._quorum(rest[0])
        else:
            raise FormatInvalid(f"{keyword[:40]!a} with {len(rest)} words is no line of a policy")

    def _log(self, vkey: str, url: str = "") -> None:
        key = parse_vkey(vkey)
        if any(other.key.public_key == key.public_key for other in self.logs):
            raise FormatInvalid(f"The key of log {key.name} is there twice")
        self.logs.append(PolicyLog(key, url))

    def _witness(self, name: str, vkey: str, url: str = "") -> None:
        key = parse_cosigner_key(vkey)
        if any(other.key.public_key == key.public_key for other in self.witnesses):
            raise FormatInvalid(f"The key of witness {name[:40]!a} is there twice")
        self._name(name)
        self.witnesses.append(PolicyWitness(name, key, url))

    def _group(self, name: str, threshold: str, members: tuple[str, ...]) -> None:
        for member in members:
            if member not in self._free:
                raise FormatInvalid(f"{member[:40]!a} is not defined before, or is a member already")
            self._free.remove(member)
        count = {"any": 1, "all": len(members)}.get(threshold)
        if count is None:
            count = int(threshold) if _NUMBER.fullmatch(threshold) else 0
        if not 1 <= count <= len(members):
            raise FormatInvalid(f"{threshold[:40]!a} of {len(members)} members cannot be asked for")
        self._name(name)
        self.groups[name] = (count, members)

    def _name(self, name: str) -> None:
        if name in self._named:
            raise FormatInvalid(f"The name {name[:40]!a} is there twice")
        if len(self._named) > _MOST_NAMES:
            raise FormatInvalid(f"The policy has more than {_MOST_NAMES} witnesses and groups")
        self._named.add(name)
        self._free.add(name)

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise FormatInvalid("There are two quorum lines")
        if name not in self._named:
            raise FormatInvalid(f"The quorum {name[:40]!a} is not defined before")
        self.quorum = name


def parse_log_policy(data: bytes) -> LogPolicy:
    """Read a policy file.

    Raises:
        FormatInvalid: It breaks the format; the message names the line.
    """
    if len(data) > LONGEST_POLICY:
        raise FormatInvalid(f"The policy is longer than {LONGEST_POLICY} bytes")
    # Names are octets to the format; this keeps any of them apart, and text as text.
    text = data.decode("utf-8", "surrogateescape")
    if _FORBIDDEN.search(text):
        raise FormatInvalid("The policy holds control characters")
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except FormatInvalid as error:
            raise FormatInvalid(f"Line {number} of the policy: {error.message}") from error
    if reader.quorum is None:
        raise FormatInvalid("The policy has no quorum line", "Write `quorum none` to ask for no witness")
    return LogPolicy(tuple(reader.logs), tuple(reader.witnesses), reader.groups, reader.quorum)
