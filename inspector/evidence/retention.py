# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long images are kept, as a document that records name by its hash; and legal holds (docs/formats.md, 2.19 f.)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from inspector.errors import FormatInvalid
from inspector.evidence.record import canonical, parse_strict
from inspector.evidence.schema import LABEL, Misfit, exactly, group, integer, many, nullable, one_of, text

FORMAT = "inspector-retention/1"
PASS, NOT_PASS, CHALLENGE = "pass", "not-pass", "challenge"
MAX_RULES = 100
MOST_DAYS = 36_500
DAY_US = 86_400_000_000

_NAME = text(200, 1)
_DOCUMENT = group(
    {
        "format": exactly(FORMAT),
        "name": _NAME,
        "rules": many(
            group(
                {
                    "class": nullable(one_of(PASS, NOT_PASS, CHALLENGE)),
                    "recipe": nullable(_NAME),
                    "customer": nullable(_NAME),
                    "keep_days": nullable(integer(1, MOST_DAYS)),
                }
            ),
            MAX_RULES,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A promise: images of these parts are kept at least so long.

    Attributes:
        keep_days: Days after the part record; None: for ever.
        record_class: "pass", "not-pass" or "challenge"; None: every class.
        recipe: Name of the recipe, which is the product; None: every one.
        customer: Customer of the shift; None: every one.
    """

    keep_days: int | None
    record_class: str | None = None
    recipe: str | None = None
    customer: str | None = None

    def fits(self, record_class: str, recipe: str, customer: str | None) -> bool:
        """Whether it speaks of such a part; where no customer is known, every customer's rule does."""
        return (
            self.record_class in (None, record_class)
            and self.recipe in (None, recipe)
            and (customer is None or self.customer in (None, customer))
        )


@dataclass(frozen=True, slots=True)
class Retention:
    """A retention document. What no rule speaks of is kept for ever.

    Attributes:
        name: What people call it.
        rules: Its promises; of several that fit the longest counts.
    """

    name: str
    rules: tuple[RetentionRule, ...] = ()

    @property
    def data(self) -> bytes:
        """Its canonical bytes.

        Raises:
            FormatInvalid: A field is out of range.
        """
        rules: list[dict[str, object]] = []
        for rule in self.rules:
            fields = asdict(rule)
            fields["class"] = fields.pop("record_class")
            rules.append(fields)
        return canonical(_checked({"format": FORMAT, "name": self.name, "rules": rules}))

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes, 64 hex digits: what shift-open and image-erased records name."""
        return hashlib.sha256(self.data).hexdigest()

    def keep_us(self, record_class: str, recipe: str, customer: str | None) -> int | None:
        """How long an image is kept after its part record, microseconds; None: for ever."""
        days = [rule.keep_days for rule in self.rules if rule.fits(record_class, recipe, customer)]
        known = [one for one in days if one is not None]
        return max(known) * DAY_US if known and len(known) == len(days) else None


def parse_retention(data: bytes) -> Retention:
    """Read a retention document.

    Raises:
        FormatInvalid: It is none.
    """
    fields = _checked(parse_strict(data))
    rules = fields["rules"]
    return Retention(
        str(fields["name"]),
        tuple(
            RetentionRule(rule["keep_days"], rule["class"], rule["recipe"], rule["customer"])
            for rule in (rules if isinstance(rules, list) else [])
        ),
    )


def _checked(fields: dict[str, object]) -> dict[str, object]:
    try:
        _DOCUMENT(fields)
        LABEL(fields["name"])
    except Misfit as misfit:
        raise FormatInvalid(f"This is no retention document: {misfit.path} {misfit.complaint}") from None
    return fields


def class_of(part: Mapping[str, object]) -> str:
    """The class that a part record belongs to."""
    if part["purpose"] == "challenge":
        return CHALLENGE
    return PASS if part["verdict"] == "PASS" else NOT_PASS


@dataclass(frozen=True, slots=True)
class HoldScope:
    """Which parts a legal hold covers: those that fit everything that is not None.

    Attributes:
        lot: Lot of the shift.
        serial: Serial of the part.
        from_us: The part record is not older, UTC, microseconds.
        to_us: The part record is not younger.
        defect: A detection of this class is recorded.
    """

    lot: str | None = None
    serial: str | None = None
    from_us: int | None = None
    to_us: int | None = None
    defect: str | None = None

    def covers(self, part: Mapping[str, object], lot: str | None) -> bool:
        """Whether a part record of a shift with this lot is covered."""
        serial, t_us = part["serial"], part["t_us"]
        return (
            self.lot in (None, lot)
            and (self.serial is None or (isinstance(serial, Mapping) and serial.get("text") == self.serial))
            and isinstance(t_us, int)
            and (self.from_us is None or t_us >= self.from_us)
            and (self.to_us is None or t_us <= self.to_us)
            and (self.defect is None or self.defect in _defects(part))
        )


def _defects(part: Mapping[str, object]) -> set[object]:
    views = part["views"]
    found: set[object] = set()
    for view in views if isinstance(views, Sequence) else ():
        found.update(one["class"] for one in view["detections"])
    return found
