# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about what was recorded."""

from __future__ import annotations

from typing import Literal

from inspector.api.part_schema import PartEvent, ReviewInfo
from inspector.api.schema import Document, Sha256


class FoundPart(PartEvent):
    """One part that was looked for, and where it belongs."""

    shift: int
    lot: str | None = None


class HistoryPage(Document):
    """Parts that fit, newest first.

    `before` asks on: give it with the same question for older ones; null when there are none. A page that is not full
    and has `before` ended at its bound of work.
    """

    parts: tuple[FoundPart, ...]
    before: int | None = None


class ImageState(Document):
    """What became of a picture: `record` says so (0: none does yet); `there` is whether its file is there now."""

    camera: str
    digest: Sha256
    state: Literal["stored", "lost", "erased", "unknown"]
    reason: str = ""
    record: int = 0
    there: bool = False


class SealState(Document):
    """How the shift of a part is secured; `ledgers` have a receipt for it, or for a head that covers the part."""

    shift: int
    seal: Sha256 | None = None
    signed: bool = False
    ledgers: tuple[str, ...] = ()


class ChallengeNear(Document):
    """The last challenge before a part, or the first after it."""

    record: int
    t_us: int
    result: str


class PartRecord(Document):
    """One part record: `bytes` is the exact text that was hashed, `record` the same as JSON, `hash` in hex.

    What follows is what belongs to it, told by other records: where it went, its pictures, its shift's seal, the
    challenges around it, the legal holds that cover it, and what people said of it, oldest first. Whether all of it
    is true is for `inspector verify` to say.
    """

    seq: int
    shift: int
    hash: Sha256
    bytes: str
    record: dict[str, object]
    outcome: dict[str, object] | None = None
    lot: str | None = None
    images: tuple[ImageState, ...] = ()
    seal: SealState | None = None
    challenge_before: ChallengeNear | None = None
    challenge_after: ChallengeNear | None = None
    holds: tuple[str, ...] = ()
    reviews: tuple[ReviewInfo, ...] = ()
