# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a candidate to a proposed release: what can be said before the test set is looked at, then the measurement."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inspector.cli.output import Output
from inspector.errors import DatasetRefused
from inspector.release.document import Check
from training.dataset.check import check_lock
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Manifest
from training.dataset.problems import Problems
from training.dataset.uses import count_uses, note_use
from training.evaluation.result import Evaluation
from training.release.checks import checks, checks_before
from training.release.figures import Figures, LineRun, Numbers, Weights, beside, numbers_of, tallies, totals
from training.release.judging import Contender, How, Judged, judge_with, locked_pictures, pair
from training.release.page import release_page
from training.release.report import encode_report
from training.release.rules import RulesFile
from training.release.weights import compare_weights, trained_on

MOST_CLASSES = 300
"""A release has at most 1,000 checks, of which each class has three."""


@dataclass(frozen=True)
class Ground:
    """What is known before the test set is looked at.

    Attributes:
        folder: The dataset.
        manifest: The bytes of its manifest.
        lock: Digest of its locked test set.
        numbers: What the test set has; `uses` with the one that is to come.
        weights: Package and trained weights.
        equality: `equality.json`; None: nothing was compared.
        line: Figures of a shadow run; None: there was none. shadow: Its file.
        checks: What the rules say to that.
    """

    folder: DatasetFolder
    manifest: bytes
    lock: str
    numbers: Numbers
    weights: Weights
    equality: bytes | None
    line: LineRun | None
    shadow: bytes | None
    checks: list[Check]

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, 64 hex digits."""
        return hashlib.sha256(self.manifest).hexdigest()

    @property
    def passed(self) -> bool:
        """Whether the test set may be looked at."""
        return all(one.passed for one in self.checks)


@dataclass(frozen=True)
class Measured:
    """What came of the measurement.

    Attributes:
        figures: What the rules are held against.
        candidate: The candidate on the test set. released: The released model; None: there is none.
        judged: Each part as both judged it; empty if there is one only.
        checks: Every rule.
    """

    figures: Figures
    candidate: Evaluation
    released: Evaluation | None
    judged: list[Judged]
    checks: list[Check]

    @property
    def passed(self) -> bool:
        """Whether the gate lets it through."""
        return all(one.passed for one in self.checks)

    def report(self) -> bytes:
        """`report.json`."""
        return encode_report(self.figures, self.candidate, self.released, self.judged)

    def page(self, product: str, made: datetime) -> bytes:
        """`report.html`, for a product; `made` is UTC."""
        return release_page(product, self.candidate, self.released, self.judged, self.checks, made)


@dataclass(frozen=True)
class Papers:
    """What is known of a candidate beside its figures on the test set.

    Attributes:
        weights: The weights that were trained; None: nobody named them.
        line: Figures of a shadow run; None: there was none. shadow: Its file.
    """

    weights: Path | None
    line: LineRun | None = None
    shadow: bytes | None = None


def survey(
    folder: DatasetFolder, candidate: Contender, papers: Papers, rules: RulesFile, how: How, output: Output
) -> Ground:
    """What can be said without a look at the test set: no use of it is wasted on what cannot pass.

    Args:
        folder: The dataset.
        candidate: What is to be released.
        papers: What is known of it.
        rules: Of the gate.
        how: How it is judged.
        output: Shows how far it is.

    Raises:
        DatasetRefused: The dataset is damaged, leaks, has too many classes, or its test set is not locked or changed.
        ConfigError: The weights cannot be compared with.
    """
    data = folder.data()
    manifest = Manifest.parse(data, str(folder.path))
    lock = _locked(folder, manifest)
    source = locked_pictures(folder, candidate, how.by)
    compared, equality = compare_weights(candidate, papers.weights, source, how, output)
    numbers = numbers_of(manifest.images, candidate.package.classes, how.by, count_uses(folder) + 1)
    if len(numbers.showing) > MOST_CLASSES:
        raise DatasetRefused(f"{len(numbers.showing)} classes are more than the {MOST_CLASSES} of a release")
    found = checks_before(rules.rules, numbers, compared, papers.line)
    return Ground(folder, data, lock, numbers, compared, equality, papers.line, papers.shadow, found)


def _locked(folder: DatasetFolder, manifest: Manifest) -> str:
    if manifest.splits.test_lock is None:
        raise DatasetRefused(
            f"The test set of {folder.path} is not locked: nobody could say how often it was looked at",
            "Lock it with `inspector dataset split --lock`, before the candidate is trained",
        )
    problems = Problems()
    check_lock(manifest, problems)
    if problems.errors:
        raise DatasetRefused(problems.found[0].what, "Take the dataset from your backup, or unlock and lock it anew")
    return manifest.splits.test_lock


def look(
    ground: Ground, candidate: Contender, released: Contender | None, rules: RulesFile, how: How, output: Output
) -> Measured:
    """Use the test set once: judge it with both, and hold the figures against the rules.

    Args:
        ground: What was known before, and passed.
        candidate: What is to be released.
        released: What is released; None: this is the first release.
        rules: Of the gate.
        how: How both are judged.
        output: Shows how far it is.

    Raises:
        DatasetRefused: The dataset was changed meanwhile, or the use cannot be counted.
        ModelRefused: The runtime cannot load a package.
    """
    uses = note_use(ground.folder, f"release {candidate.package.digest}")
    ours = _judge(ground, candidate, how, output, "Judging: candidate", uses)
    theirs = None if released is None else _judge(ground, released, how, output, "Judging: released model", uses)
    judged = [] if theirs is None else pair(ours.seen, theirs.seen, how.by)
    numbers = ground.numbers.model_copy(update={"uses": uses})
    missed, false_rejects = totals(ours.report)
    figures = Figures(
        count_by=how.by,
        numbers=numbers,
        weights=ground.weights,
        missed=missed,
        showing=dict(tallies(ours.report, numbers)),
        false_rejects=false_rejects,
        beside=None if theirs is None else beside(judged, numbers.showing),
        line=ground.line,
        p99_ms=round(ours.latency.p99_ms, 3),
        runs=ours.latency.runs,
    )
    return Measured(figures, ours, theirs, judged, checks(rules.rules, figures))


def _judge(ground: Ground, contender: Contender, how: How, output: Output, what: str, uses: int) -> Evaluation:
    source = locked_pictures(ground.folder, contender, how.by)
    if source.facts["manifest_sha256"] != ground.digest:
        raise DatasetRefused(f"{ground.folder.path} was changed meanwhile", "Propose again when nobody changes it")
    source.facts.update(test_lock=ground.lock, test_uses=uses)
    source.notes.append(f"The test set is locked; this is use {uses} of it.")
    source.notes.append(trained_on(contender.package.manifest, ground.digest))
    return judge_with(contender, source, how, output, what)
