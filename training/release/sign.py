# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes a release folder and puts the signed notes of the two people into it."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from inspector.config import explain
from inspector.config.base import Name
from inspector.detect.package import MANIFEST_NAME
from inspector.errors import ConfigError, FormatInvalid, ReleaseRefused, SignatureInvalid
from inspector.evidence.keys import SigningKey
from inspector.evidence.release_note import (
    Approval,
    Proposal,
    open_proposal,
    sign_approval,
    sign_proposal,
)
from inspector.release.document import (
    GATE_FILE,
    MANIFEST_FILE,
    MODEL_FOLDER,
    RECIPE_FILE,
    REPORT_FILE,
    Gate,
    Line,
    Named,
    ReleaseDocument,
    Replaced,
    TestSet,
)
from inspector.release.folder import APPROVAL_FILE, PROPOSAL_FILE, Release, add_note, read_release, write_release
from inspector.release.signatures import refuse_one_person
from training.release.judging import Contender
from training.release.line_run import SHADOW_FILE
from training.release.propose import Ground, Measured
from training.release.rules import RulesFile
from training.release.signatures import Signatures
from training.release.weights import EQUALITY_FILE

PAGE_FILE = "report.html"
RUN_FILE = "run.json"
_MEASURED_BY = ("inspector-station", "numpy", "opencv-python", "pydantic", "openvino", "onnxruntime")
_COMPARED_BY = ("torch", "ultralytics")


_LINES = "Check --product, --trainer, --by and --why, and the name of the recipe: one line each"


@dataclass(frozen=True)
class Said:
    """What the proposer says.

    Attributes:
        product: The product, as the settings of stations name it.
        trainer: Who trained the model.
        by: Who proposes the release.
        why: What it is for.
    """

    product: str
    trainer: str
    by: str
    why: str


def check_said(said: Said, candidate: Contender) -> None:
    """Refuse what no release could say, before anything else is done.

    Raises:
        ConfigError: A name or the reason is empty, has more than one line, or is too long; the product is no name.
    """
    nothing, package, recipe = "0" * 64, candidate.package, candidate.recipe
    try:
        Proposal(nothing, said.product, nothing, nothing, said.trainer, said.by, 0, said.why).text()
        TypeAdapter(Name).validate_python(said.product)
        for line in (said.trainer, said.why, package.name, package.version, recipe.name, recipe.version):
            TypeAdapter(Line).validate_python(line)
    except FormatInvalid as error:
        raise ConfigError(error.message, _LINES) from error
    except ValidationError as error:
        raise ConfigError(explain(error), _LINES) from error


def write_proposed(
    path: Path,
    said: Said,
    key: SigningKey,
    candidate: Contender,
    ground: Ground,
    measured: Measured,
    rules: RulesFile,
    run: bytes | None,
    made: datetime,
) -> Release:
    """Write the release and sign its proposal.

    Args:
        path: New folder.
        said: What the proposer says.
        key: The proposer's.
        candidate: What is to be released.
        ground: What was known before the measurement.
        measured: What came of it; every rule is kept.
        rules: Of the gate.
        run: `run.json` of the training; None: there is none.
        made: When, UTC.

    Raises:
        ConfigError: The folder exists or cannot be written, or the release cannot be written down.
        ReleaseRefused: A file was changed meanwhile.
    """
    package, recipe = candidate.package, candidate.recipe
    files: dict[str, bytes] = {
        f"{MODEL_FOLDER}/{MANIFEST_NAME}": _model_json(package.path),
        **{f"{MODEL_FOLDER}/{name}": data for name, data in package.weights.items()},
        RECIPE_FILE: recipe.data,
        GATE_FILE: rules.data,
        REPORT_FILE: measured.report(),
        PAGE_FILE: measured.page(said.product, made),
        MANIFEST_FILE: ground.manifest,
    }
    more = {EQUALITY_FILE: ground.equality, SHADOW_FILE: ground.shadow, RUN_FILE: run}
    files |= {name: data for name, data in more.items() if data is not None}
    document = _document(said, candidate, ground, measured, rules, files, made)
    release = write_release(path, document, files)
    t_us = int(made.timestamp()) * 1_000_000
    proposal = Proposal(
        release.digest, said.product, package.digest, recipe.digest, said.trainer, said.by, t_us, said.why
    )
    add_note(path, PROPOSAL_FILE, sign_proposal(proposal, key).encode("utf-8"))
    return read_release(path)


def _model_json(package: Path) -> bytes:
    try:
        return (package / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise ConfigError(f"{package / MANIFEST_NAME} cannot be read: {error.strerror}", "Check --model") from error


def _document(
    said: Said,
    candidate: Contender,
    ground: Ground,
    measured: Measured,
    rules: RulesFile,
    files: Mapping[str, bytes],
    made: datetime,
) -> ReleaseDocument:
    package, recipe, before = candidate.package, candidate.recipe, measured.released
    try:
        return ReleaseDocument(
            product=said.product,
            created=made.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            model=Named(name=package.name, version=package.version, digest=package.digest),
            recipe=Named(name=recipe.name, version=recipe.version, digest=recipe.digest),
            replaces=None if before is None else Replaced(model=before.package.digest, recipe=before.recipe.digest),
            trainer=said.trainer,
            why=said.why,
            dataset=TestSet(manifest=ground.digest, test_lock=ground.lock, uses=measured.figures.numbers.uses),
            gate=Gate(rules=rules.digest, checks=measured.checks),
            software=_software(compared=ground.equality is not None),
            files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        )
    except ValidationError as error:
        raise ConfigError(f"The release cannot be written down: {explain(error)}", "Check the options") from error


def _software(*, compared: bool) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (*_MEASURED_BY, *(_COMPARED_BY if compared else ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # a station may have one runtime only
    return found


def approve(release: Release, signed: Signatures, approval: Approval, key: SigningKey) -> Release:
    """Sign an approval and put it into the folder.

    Args:
        release: Proposed, and not approved yet.
        signed: What was proposed, and by which key as far as that was checked.
        approval: What is signed.
        key: The approver's.

    Raises:
        ReleaseRefused: The key or the name is the proposer's, or the name the trainer's; or there is no proposal.
        ConfigError: It cannot be written.
    """
    if release.proposal is None or signed.proposal is None:
        raise ReleaseRefused(f"{release.path} is not proposed by anybody", "Use `inspector release propose`")
    own = key.public_key if proposed_with(release, key.public_key) else b""
    refuse_one_person(signed.proposal, own, approval.by, key.public_key)
    add_note(release.path, APPROVAL_FILE, sign_approval(approval, key).encode("utf-8"))
    return read_release(release.path)


def proposed_with(release: Release, public_key: bytes) -> bool:
    """Whether a key signed the proposal."""
    try:
        open_proposal(release.proposal or b"", [public_key])
    except SignatureInvalid:
        return False
    except FormatInvalid as error:
        raise ReleaseRefused(f"{release.path}: {error.message}", "Propose the release again") from error
    return True
