# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a verification found, and what it could not look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MAX_FINDINGS = 1000
LAST = 2**63
"""Order of a finding that belongs behind all records."""


class Severity(StrEnum):
    """How much a finding weighs."""

    TAMPERED = "TAMPERED"
    UNCHECKED = "COULD NOT CHECK"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        rule: Stable identity of the rule (docs/formats.md), for example "CHAIN-02".
        severity: What it means.
        place: Where, for example "record 184" or "seal of shift 3".
        message: What was expected and what is there.
        order: Number of the record it belongs to or follows; sorts findings.
    """

    rule: str
    severity: Severity
    place: str
    message: str
    order: int = LAST

    def __str__(self) -> str:
        return f"{self.severity.value} {self.place}, rule {self.rule}: {self.message}"


def _position(finding: Finding) -> tuple[int, bool]:
    """A record comes before the seal or head that merely shows it."""
    return finding.order, not finding.place.startswith("record ")


@dataclass
class VerificationReport:
    """Result of one verification.

    Attributes:
        station: Name of the station, empty if no record could be read.
        key: Fingerprint of the station key that signatures were checked against, empty if there was none.
        findings: In order of place; at most 1,000, see `total`.
        total: Number of findings, also those beyond the limit.
        checked: How many of each thing were looked at, for example {"records": 1200}.
        statements: What the records establish, and what not, one sentence each.
        not_checked: What the result does not say, one sentence each.
    """

    station: str = ""
    key: str = ""
    findings: list[Finding] = field(default_factory=list)
    total: int = 0
    checked: dict[str, int] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    def add(self, rule: str, severity: Severity, place: str, message: str, order: int = LAST) -> None:
        """Note a finding."""
        self.total += 1
        if len(self.findings) < MAX_FINDINGS or (severity is Severity.TAMPERED and not self.tampered):
            self.findings.append(Finding(rule, severity, place, message, order))

    def tamper(self, rule: str, place: str, message: str, order: int = LAST) -> None:
        """Note a contradiction that an honest station cannot produce."""
        self.add(rule, Severity.TAMPERED, place, message, order)

    def warn(self, rule: str, place: str, message: str, order: int = LAST) -> None:
        """Note something that an auditor should know and that proves nothing by itself."""
        self.add(rule, Severity.WARNING, place, message, order)

    def unchecked(self, rule: str, place: str, message: str, order: int = LAST) -> None:
        """Note that a required check was not possible."""
        self.add(rule, Severity.UNCHECKED, place, message, order)

    def count(self, what: str, number: int = 1) -> None:
        """Add to the count of things looked at."""
        self.checked[what] = self.checked.get(what, 0) + number

    def say(self, sentence: str) -> None:
        """State what follows from the records."""
        self.statements.append(sentence)

    def skip(self, sentence: str) -> None:
        """Say once what was not checked."""
        if sentence not in self.not_checked:
            self.not_checked.append(sentence)

    def sort(self) -> None:
        """Bring the findings into the order of the records."""
        self.findings.sort(key=_position)

    def of(self, severity: Severity) -> Sequence[Finding]:
        """Findings of one weight, in order."""
        return [finding for finding in self.findings if finding.severity is severity]

    @property
    def tampered(self) -> bool:
        """Whether anything contradicts."""
        return any(finding.severity is Severity.TAMPERED for finding in self.findings)

    @property
    def first(self) -> Finding | None:
        """The first contradiction in the order of the records, else the first failed check, else None."""
        for severity in (Severity.TAMPERED, Severity.UNCHECKED):
            found = self.of(severity)
            if found:
                return min(found, key=_position)
        return None

    @property
    def exit_code(self) -> int:
        """0 valid, 1 could not check, 2 tampering."""
        if self.tampered:
            return 2
        return 1 if self.of(Severity.UNCHECKED) else 0

    @property
    def verdict(self) -> str:
        """The result in one word or three."""
        return {0: "VERIFIED", 1: Severity.UNCHECKED.value, 2: Severity.TAMPERED.value}[self.exit_code]

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        first = self.first
        return {
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "station": self.station,
            "key": self.key,
            "first": str(first) if first else None,
            "findings": [
                {
                    "rule": finding.rule,
                    "severity": finding.severity.value,
                    "place": finding.place,
                    "message": finding.message,
                    "record": finding.order if finding.order != LAST else None,
                }
                for finding in self.findings
            ],
            "findings_total": self.total,
            "checked": dict(self.checked),
            "statements": list(self.statements),
            "not_checked": list(self.not_checked),
        }
