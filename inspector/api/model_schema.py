# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about model and recipe: what judges, since when, what was changed, and what each has judged.

`by` is null where the records do not say who it was, the name was erased, or the caller may not see names.
"""

from __future__ import annotations

from inspector.api.schema import Count, Document, Sha256


class Approval(Document):
    """The signature of quality that approves a change: number of its record, time, role, and who."""

    record: int
    t_us: int
    role: str
    by: str | None = None


class InForceSince(Document):
    """Since which start of the station it is in force: number and time of its setup record.

    `why` and `by` are those of the change that this start has recorded; null at the first start of the station.
    """

    record: int
    t_us: int
    why: str | None = None
    by: str | None = None
    approved: Approval | None = None


class ModelInfo(Document):
    """The model package that judges, as its manifest says (docs/model-package.md).

    `provenance` is all that it tells of its origin and acceptance, word for word; `runtime` and `threads` are those of
    the settings.
    """

    digest: Sha256
    since: InForceSince
    name: str
    version: str
    format: str
    precision: str
    width: Count
    height: Count
    classes: tuple[str, ...]
    score_ppm: Count
    iou_ppm: Count
    max_detections: Count
    weights: dict[str, Sha256]
    provenance: dict[str, str]
    runtime: str | None = None
    threads: Count | None = None


class ClassLimit(Document):
    """What a recipe makes of a class: from which score on a finding counts, and from which nobody can tell."""

    name: str
    min_score_ppm: Count
    grey_from_ppm: Count | None = None
    min_size_px: Count = 0
    max_size_px: Count | None = None
    max_count: Count = 0


class RecipeInfo(Document):
    """The recipe that judges; `classes` are its limits apart from those of single zones and cameras."""

    digest: Sha256
    since: InForceSince
    name: str
    version: str
    number: Count
    classes: tuple[ClassLimit, ...]


class RegisteredPart(Document):
    """A challenge part: the class that it shows, null for a good one, and the last day on which it may be used."""

    serial: str
    class_name: str | None
    valid_until: str


class RegisteredSet(Document):
    """The challenge parts that are registered for the recipe."""

    digest: Sha256
    recipe: str
    presentations: Count
    parts: tuple[RegisteredPart, ...]


class ChallengeDone(Document):
    """The result of a challenge: `shown` presentations, `rejected` of them seen in the reject lane."""

    record: int
    shift: int
    t_us: int
    result: str
    reason: str
    shown: Count
    rejected: Count


class RuleChangeInfo(Document):
    """A change of model, recipe or threshold, or, if `announced`, only what was going to be changed.

    `waits`: quality has to approve it before another shift opens.
    """

    record: int
    t_us: int
    what: str
    name: str
    old: str | None
    new: str | None
    why: str
    by: str | None = None
    announced: bool
    waits: bool
    approved: Approval | None = None


class Models(Document):
    """What judges now, the challenges that show that it still does, and the latest changes, newest first.

    `model` and `recipe` are null before the first start, or where what is in force is not kept. `names` says whether
    the caller sees who it was.
    """

    model: ModelInfo | None
    recipe: RecipeInfo | None
    challenge_set: RegisteredSet | None
    challenges: tuple[ChallengeDone, ...]
    changes: tuple[RuleChangeInfo, ...]
    waiting: Count
    names: bool


class JudgedRules(Document):
    """A model or recipe that has judged; `name` and `version` are empty where no record or document tells them."""

    digest: Sha256
    name: str = ""
    version: str = ""


class JudgedLot(Document):
    """Production parts of a lot; `shifts` are the numbers of its shifts, newest first."""

    lot: str
    parts: Count
    shifts: tuple[int, ...]


class JudgedParts(Document):
    """The production parts that one pair of model and recipe has judged; without both, nothing has judged them.

    `lots` are the latest, newest first; `more_lots` is how many older ones there are.
    """

    model: JudgedRules | None
    recipe: JudgedRules | None
    parts: Count
    verdicts: dict[str, Count]
    from_us: int
    to_us: int
    shifts: Count
    lots: tuple[JudgedLot, ...]
    more_lots: Count


class Judged(Document):
    """What each pair has judged, the pair that judged last first; `complete` is false when older parts are left out."""

    judged: tuple[JudgedParts, ...]
    complete: bool
