# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two verdicts of one part, and what they are to one another. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from inspector.errors import EvidenceError
from inspector.part import Verdict
from inspector.station.judge import PartResult, not_seen
from inspector.station.views import fuse
from inspector.store.queries.fields import Fields, text


class Kind(StrEnum):
    """What two verdicts are to one another."""

    BOTH_PASS = "both-pass"  # noqa: S105 - a verdict, not a password
    BOTH_REJECT = "both-reject"
    ONLY_RELEASED_REJECTS = "only-released-rejects"
    """The candidate lets it through: the one that may be an escape."""
    ONLY_CANDIDATE_REJECTS = "only-candidate-rejects"

    @property
    def differs(self) -> bool:
        """Whether one lets the part through and the other does not."""
        return self in (Kind.ONLY_RELEASED_REJECTS, Kind.ONLY_CANDIDATE_REJECTS)


class Why(StrEnum):
    """Why a part cannot be compared."""

    NO_PICTURE = "no-picture"
    NOT_JUDGED = "not-judged"
    NOT_STORED_YET = "not-stored-yet"
    LOST = "lost"
    ERASED = "erased"
    GONE = "gone"
    DAMAGED = "damaged"


WHY_WORDS: Mapping[Why, str] = {
    Why.NO_PICTURE: "no camera delivered a picture",
    Why.NOT_JUDGED: "the released model was shown no picture: a bad frame, late, an error, or no shift",
    Why.NOT_STORED_YET: "no record says yet what became of a picture",
    Why.LOST: "a picture was lost, and recorded as lost",
    Why.ERASED: "a picture was erased under the rules of retention",
    Why.GONE: "a picture is gone though a record says that it was stored: run `inspector verify`",
    Why.DAMAGED: "a picture is not the one that was judged: run `inspector verify`",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the released rules or the candidate made of a part.

    Attributes:
        verdict: Its verdict.
        reason: Why, for people.
    """

    verdict: Verdict
    reason: str

    @property
    def passes(self) -> bool:
        """Whether the part goes through."""
        return self.verdict is Verdict.PASS


@dataclass(frozen=True, slots=True)
class Pair:
    """Both.

    Attributes:
        released: What the released rules made of it.
        candidate: What the candidate makes of it.
        elsewhere: The recorded verdict where clock, permit or serial gave it: then both sides are those of the
            pictures alone.
    """

    released: Said
    candidate: Said
    elsewhere: Verdict | None = None

    @property
    def kind(self) -> Kind:
        """What they are to one another."""
        if self.released.passes:
            return Kind.BOTH_PASS if self.candidate.passes else Kind.ONLY_CANDIDATE_REJECTS
        return Kind.ONLY_RELEASED_REJECTS if self.candidate.passes else Kind.BOTH_REJECT


def verdict_of(fields: Fields) -> Verdict:
    """The verdict of a part record or of a view in one.

    Raises:
        EvidenceError: There is none.
    """
    try:
        return Verdict(text(fields, "verdict"))
    except ValueError as error:
        raise EvidenceError(f"A record is damaged: {error}", "Run `inspector verify`") from error


def pair(part: Fields, views: Sequence[Fields], looked: Mapping[str, PartResult]) -> Pair:
    """Compare a recorded part with the candidate's looks at its pictures.

    Args:
        part: Its record.
        views: Its views, one at least.
        looked: What the candidate made of each picture that is judged again, by camera. A view that is not in it had
            nothing to judge, and counts on both sides as it was recorded.

    Raises:
        EvidenceError: The record is damaged.
    """
    recorded, why = verdict_of(part), text(part, "reason")
    seen = {text(one, "camera"): _as_recorded(one) for one in views}
    pictures = fuse(seen)
    if recorded in (Verdict.PASS, Verdict.FAIL) or (
        recorded is Verdict.NO_DECISION and pictures.verdict is not Verdict.PASS
    ):
        now = fuse({camera: looked.get(camera, was) for camera, was in seen.items()})
        return Pair(Said(recorded, why), Said(now.verdict, now.reason))
    now = fuse({camera: _pictures_only(looked[camera]) if camera in looked else was for camera, was in seen.items()})
    return Pair(Said(pictures.verdict, pictures.reason), Said(now.verdict, now.reason), recorded)


def _as_recorded(view: Fields) -> PartResult:
    return not_seen(verdict_of(view), text(view, "reason"), text(view, "camera"))


def _pictures_only(result: PartResult) -> PartResult:
    """Without what its serial makes of it: the released side has that from elsewhere, too."""
    view = result.views[0]
    return replace(result, verdict=view.verdict, reason=view.reason)
