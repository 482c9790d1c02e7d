# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a shadow run, `inspector-shadow/1`: what was compared with what, and what came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inspector.errors import ShadowRefused
from inspector.part import Verdict
from inspector.strict_json import parse_document
from training.evaluation.counts import Counts
from training.shadow.reviews import Side
from training.shadow.verdicts import Kind, Why

MAX_SHADOW_BYTES = 8 * 1024 * 1024
MAX_LISTED = 500
"""Differing parts in the file, the worst ones; all of them count."""
MAX_RULES = 50
MAX_CLASSES = 500

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(max_length=200)]
Words = Annotated[str, StringConstraints(max_length=1000)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[int, Field(ge=1, le=2**53)]
Ppm = Annotated[int, Field(ge=0, le=1_000_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Rules(_Strict):
    """What judges.

    Attributes:
        model: Digest of the model package. recipe: Digest of the recipe.
        model_name: Name of the model; empty where nothing says it. recipe_name: Of the recipe.
    """

    model: Sha256
    recipe: Sha256
    model_name: Name
    recipe_name: Name


class OtherRules(_Strict):
    """Parts that were judged by something else than the released rules of this run, and are left out.

    Attributes:
        model: Digest of the model package. recipe: Digest of the recipe.
        parts: How many. first_record: Number of the first one's record. last_record: Of the last one's.
    """

    model: Sha256
    recipe: Sha256
    parts: Number
    first_record: Number
    last_record: Number


class Bounded(_Strict):
    """A count with exact bounds of its rate (Clopper-Pearson, each one-sided).

    Attributes:
        errors: How many. trials: Of how many.
        lower_95_ppm: Lowest rate that is not ruled out at 95 %, parts per million. upper_95_ppm: Highest.
    """

    errors: Count
    trials: Count
    lower_95_ppm: Ppm
    upper_95_ppm: Ppm

    @property
    def counts(self) -> Counts:
        """As counts, which compute and say the bounds."""
        return Counts(self.errors, self.trials)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.errors > self.trials:
            raise ValueError(f"{self.errors} of {self.trials} is impossible")
        if self.model_dump() != self.counts.as_json():
            raise ValueError(f"these are not the bounds of {self.errors} of {self.trials}")
        return self


class Reviewed(_Strict):
    """Compared parts that people have reviewed, by whose side that takes.

    Attributes:
        released: Of the released rules, against the candidate. candidate: The other way round.
        both: Of both. neither: Of neither. undecided: It decides nothing.
    """

    released: Count
    candidate: Count
    both: Count
    neither: Count
    undecided: Count


class ClassCounts(_Strict):
    """Compared parts that findings of one class alone keep from passing.

    Attributes:
        released: By the released rules. candidate: By the candidate. both: By both.
    """

    released: Count
    candidate: Count
    both: Count

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.both > min(self.released, self.candidate):
            raise ValueError("both cannot be more than one of them")
        return self


class Times(_Strict):
    """What judging a picture took the candidate, beside whatever else the computer did.

    Attributes:
        pictures: How many.
        p50_us: Median, microseconds. p99_us: 99th percentile. longest_us: Longest.
        backend: Runtime. threads: Inference threads. machine: Processor.
    """

    pictures: Count
    p50_us: Count
    p99_us: Count
    longest_us: Count
    backend: Name
    threads: Number
    machine: Name


class Told(_Strict):
    """One side of a differing part.

    Attributes:
        verdict: Its verdict. reason: Why, for people.
    """

    verdict: Verdict
    reason: Words


class Difference(_Strict):
    """A part that one of them rejects.

    Attributes:
        record: Number of its record. hash: Hash of the record. t_us: When, UTC, microseconds since 1970.
        serial: Its serial, or None.
        kind: Who rejects it.
        released: What the released rules made of it. candidate: The candidate.
        review: Whose side its reviews take; None where nobody has reviewed it.
    """

    record: Number
    hash: Sha256
    t_us: Count
    serial: Name | None
    kind: Kind
    released: Told
    candidate: Told
    review: Side | None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        passes = self.released.verdict is Verdict.PASS, self.candidate.verdict is Verdict.PASS
        if passes != (self.kind is Kind.ONLY_CANDIDATE_REJECTS, self.kind is Kind.ONLY_RELEASED_REJECTS):
            raise ValueError(f"record {self.record}: the verdicts are not {self.kind.value}")
        return self


class ShadowResult(_Strict):
    """A whole run.

    Attributes:
        format: Of the file.
        software: Version of this program.
        made_us: When it ended, UTC, microseconds since 1970.
        station: Name of the station.
        follow: Whether it went along with the running station.
        ended: Why it ended: all were seen, so many parts, so many minutes, or somebody ended it.
        behind: Parts that were recorded when it ended and that it had not judged.
        candidate: What was tried. released: What judged at the station.
        first_record: Number of the first record compared or tried; 0: there was none. last_record: Of the last.
        first_us: When it was recorded, UTC, microseconds. last_us: The last.
        parts: Production parts of the released rules that were tried. compared: Of them, judged by both.
        both_pass, both_reject, only_released_rejects, only_candidate_rejects: Of those.
        not_comparable: Reason -> parts.
        candidate_errors: Compared parts on which the candidate failed; they count as rejected.
        elsewhere: Verdict that clock, permit or serial gave -> compared parts; of them the pictures are compared.
        test_parts: Parts of challenges, left out.
        other_rules: Left out, too. more_other_rules: Parts of still others.
        differing: Share of differing verdicts. passed_by_candidate_only: Share of what only the released rules reject.
        rejected_by_candidate_only: Share of what only the candidate rejects.
        reviewed: What people said.
        classes: Class -> parts.
        times: Of the candidate.
        differences: The worst differing parts, worst first; at most 500.
    """

    format: Literal["inspector-shadow/1"]
    software: Name
    made_us: Count
    station: Name
    follow: bool
    ended: Literal["all", "parts", "minutes", "interrupted"]
    behind: Count
    candidate: Rules
    released: Rules
    first_record: Count
    last_record: Count
    first_us: Count
    last_us: Count
    parts: Count
    compared: Count
    both_pass: Count
    both_reject: Count
    only_released_rejects: Count
    only_candidate_rejects: Count
    not_comparable: dict[Why, Number]
    candidate_errors: Count
    elsewhere: dict[Verdict, Number]
    test_parts: Count
    other_rules: Annotated[tuple[OtherRules, ...], Field(max_length=MAX_RULES)]
    more_other_rules: Count
    differing: Bounded
    passed_by_candidate_only: Bounded
    rejected_by_candidate_only: Bounded
    reviewed: Reviewed
    classes: Annotated[dict[Name, ClassCounts], Field(max_length=MAX_CLASSES)]
    times: Times
    differences: Annotated[tuple[Difference, ...], Field(max_length=MAX_LISTED)]

    @property
    def differ(self) -> int:
        """How many compared parts have different verdicts."""
        return self.only_released_rejects + self.only_candidate_rejects

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        kinds = self.both_pass + self.both_reject + self.differ
        if self.compared != kinds or self.parts != kinds + sum(self.not_comparable.values()):
            raise ValueError("the counts of parts contradict each other")
        shares = (self.differing, self.passed_by_candidate_only, self.rejected_by_candidate_only)
        errors = (self.differ, self.only_released_rejects, self.only_candidate_rejects)
        if [(one.errors, one.trials) for one in shares] != [(number, self.compared) for number in errors]:
            raise ValueError("the bounds are of other counts")
        if len(self.differences) != min(self.differ, MAX_LISTED):
            raise ValueError(f"{len(self.differences)} differing parts are listed, there are {self.differ}")
        limits = (self.candidate_errors, sum(self.elsewhere.values()), sum(self.reviewed.model_dump().values()))
        if max(limits) > self.compared or bool(self.parts) != bool(self.first_record):
            raise ValueError("the counts of parts contradict each other")
        if self.first_record > self.last_record:
            raise ValueError("the last record is before the first one")
        return self

    def encode(self) -> bytes:
        """The file."""
        text = json.dumps(self.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
        return text.encode("utf-8", "replace") + b"\n"


def parse_shadow(data: bytes, origin: str) -> ShadowResult:
    """Read the file of a shadow run, from whomever it is.

    Args:
        data: The file.
        origin: What it is called in a message.

    Raises:
        ShadowRefused: It is something else, too large, or contradicts itself.
    """
    try:
        return parse_document(ShadowResult, data, MAX_SHADOW_BYTES)
    except ValueError as error:
        raise ShadowRefused(
            f"{origin} is no result of a shadow run: {error}", "Make it with `inspector release shadow --output`"
        ) from error


def read_shadow(path: Path) -> ShadowResult:
    """Read the file of a shadow run.

    Raises:
        ShadowRefused: It is not there, something else, too large, or contradicts itself.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SHADOW_BYTES + 1)
    except OSError as error:
        raise ShadowRefused(
            f"{path} cannot be read: {error.strerror}", "Make it with `inspector release shadow --output`"
        ) from error
    return parse_shadow(data, str(path))
