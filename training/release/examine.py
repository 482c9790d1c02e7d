# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checks a release as an approver would want it: its files, its figures held against its rules anew, its signatures."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version

from inspector.detect.package import ModelManifest, read_manifest
from inspector.errors import InspectorError, ReleaseRefused, ShadowRefused
from inspector.release.document import GATE_FILE, MANIFEST_FILE, REPORT_FILE, Check, ReleaseDocument
from inspector.release.folder import Release
from training.dataset.manifest import Manifest
from training.dataset.splits import digest_of_test
from training.release.checks import checks
from training.release.figures import Figures, numbers_of
from training.release.line_run import SHADOW_FILE, figures_of
from training.release.report import ReportFile, parse_report
from training.release.rules import GateRules, parse_rules
from training.release.weights import EQUALITY_FILE, trained_on
from training.shadow.result import parse_shadow

PROGRAM = "inspector-station"
_AGAIN = "Do not approve it; ask who proposed it"


@dataclass(frozen=True)
class Examined:
    """A release whose files belong together.

    Attributes:
        release: The folder.
        model: Manifest of the model package.
        rules: Of the gate.
        report: Of the measurement.
        dataset: Manifest of the dataset.
    """

    release: Release
    model: ModelManifest
    rules: GateRules
    report: ReportFile
    dataset: Manifest

    @property
    def figures(self) -> Figures:
        """What the rules were held against."""
        return self.report.figures

    @property
    def trained_on(self) -> str:
        """Whether the model was trained on this dataset, in words."""
        return trained_on(self.model, self.release.document.dataset.manifest)


def examine(release: Release) -> Examined:
    """Hold the parts of a release against one another.

    Args:
        release: Read, every file as `release.json` says.

    Raises:
        ReleaseRefused: Rules, report or manifest cannot be read, are of something else, or do not give the checks that
            `release.json` has.
    """
    document = release.document
    try:
        model = read_manifest(release.model)
        rules = parse_rules(release.file(GATE_FILE), f"{release.path / GATE_FILE}").rules
        dataset = Manifest.parse(release.file(MANIFEST_FILE), f"{release.path / MANIFEST_FILE}")
    except InspectorError as error:
        raise ReleaseRefused(f"{release.path}: {error.message}", _AGAIN) from error
    report = parse_report(release.file(REPORT_FILE), f"{release.path / REPORT_FILE}")
    figures = report.figures
    judged = (report.candidate.get("model_digest"), report.candidate.get("recipe_digest"))
    before = report.released and (report.released.get("model_digest"), report.released.get("recipe_digest"))
    replaced = document.replaces and (document.replaces.model, document.replaces.recipe)
    numbers = numbers_of(dataset.images, model.classes, figures.count_by, figures.numbers.uses)
    for right, what in (
        (judged == (document.model.digest, document.recipe.digest), "the report is of another model or recipe"),
        (before == replaced and (before is None) == (figures.beside is None), "the released model is another one"),
        (_sha256(release, MANIFEST_FILE) == document.dataset.manifest, "the manifest is of another dataset"),
        (digest_of_test(dataset.images) == document.dataset.test_lock, "the test set is not the one that was locked"),
        (dataset.splits.test_lock == document.dataset.test_lock, "the test set was not locked"),
        (figures.numbers == numbers, "the numbers of parts are not those of the test set"),
        (figures.numbers.uses == document.dataset.uses, "the uses of the test set differ"),
        (figures.weights.precision == model.precision, "the precision is not that of the model package"),
        (_compared(release, model, figures), f"{EQUALITY_FILE} is not of this model package"),
        (_line_run(release, document, figures), f"{SHADOW_FILE} is of something else"),
        (_answers(document, checks(rules, figures)), "its figures and rules give other answers than it says"),
    ):
        if not right:
            raise ReleaseRefused(f"{release.path}: {what}", _AGAIN)
    return Examined(release, model, rules, report, dataset)


def _answers(document: ReleaseDocument, found: list[Check]) -> bool:
    """Whether the rules give the answers that it says; of another version all have to be kept, in whatever words."""
    if document.software.get(PROGRAM) == version(PROGRAM):
        return found == document.gate.checks
    return all(one.passed for one in found)


def _compared(release: Release, model: ModelManifest, figures: Figures) -> bool:
    """Whether the comparison with the trained weights is there if there was one, and of this package."""
    if figures.weights.equal is None:
        return EQUALITY_FILE not in release.document.files
    try:
        found = json.loads(release.file(EQUALITY_FILE))
    except (ValueError, RecursionError):
        return False
    if not isinstance(found, dict):
        return False
    said = (found.get("package"), found.get("weights_sha256"), found.get("equal"))
    return said == (model.digest, model.provenance.get("weights_sha256"), figures.weights.equal)


def _line_run(release: Release, document: ReleaseDocument, figures: Figures) -> bool:
    """Whether the shadow run is there if there was one, and of this candidate."""
    if figures.line is None:
        return SHADOW_FILE not in document.files
    try:
        found = parse_shadow(release.file(SHADOW_FILE), SHADOW_FILE)
    except ShadowRefused:
        return False
    candidate = (found.candidate.model, found.candidate.recipe) == (document.model.digest, document.recipe.digest)
    before = document.replaces
    beside = before is None or (found.released.model, found.released.recipe) == (before.model, before.recipe)
    return candidate and beside and figures_of(found) == figures.line


def _sha256(release: Release, name: str) -> str:
    return hashlib.sha256(release.file(name)).hexdigest()
