# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed releases of the demo model, and stations that take them."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import data_samples
from inspector.detect.package import ModelPackage, read_manifest, write_package
from inspector.evidence.keys import SigningKey
from inspector.evidence.release_note import Approval, Proposal, sign_approval, sign_proposal
from inspector.recipe import Recipe
from inspector.release.document import Check, Gate, Named, ReleaseDocument, TestSet
from inspector.release.folder import APPROVAL_FILE, PROPOSAL_FILE, Release, add_note, read_release, write_release
from tests.station_bench import Bench

SETTINGS = '[release]\nauthority = ["keys/anna.pub", "keys/ben.pub"]\n'
T_US = 1_790_000_000_000_000


@functools.cache
def key_of(name: str) -> SigningKey:
    """The key of a person; made once per run."""
    return SigningKey.generate()


def trust(station: Path) -> None:
    """Let Anna and Ben sign releases for a station."""
    for name in ("anna", "ben"):
        (station / "keys" / f"{name}.pub").write_text(key_of(name).public_key.hex() + "\n", encoding="ascii")
    with (station / "station.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)


def make_release(
    folder: Path,
    version: str = "2",
    *,
    product: str = "main",
    recipe: str | None = None,
    classes: tuple[str, ...] | None = None,
    weights: bytes | None = None,
) -> Release:
    """A release without signatures.

    Args:
        folder: Where it is made.
        version: Of its model.
        product: Whose it is.
        recipe: The recipe; if not given, the demo's with another version.
        classes: Of the model; if not given, the demo's.
        weights: Of the model; if not given, the demo's.
    """
    package, demo = folder.with_name(f"{folder.name}-package"), ModelPackage.load(data_samples.model_dir()).manifest
    onnx = folder.with_name(f"{folder.name}.onnx")
    onnx.write_bytes(weights or (data_samples.model_dir() / "model.onnx").read_bytes())
    write_package(
        package,
        name="disc-demo",
        version=version,
        classes=classes or demo.classes,
        width=demo.input.width,
        height=demo.input.height,
        pad_value=demo.input.pad_value,
        weights=onnx,
        kind="onnx",
        score_ppm=demo.thresholds.score_ppm,
        iou_ppm=demo.thresholds.iou_ppm,
        max_detections=demo.thresholds.max_detections,
        provenance={"base": "the demo model"},
    )
    text = recipe or data_samples.recipe_file().read_text().replace('version = "1"', f'version = "r{version}"')
    sources: dict[str, Path | bytes] = {
        **{f"model/{one.name}": one for one in sorted(package.iterdir())},
        "recipe.toml": text.encode(),
        "gate.toml": b"# rules\n",
        "report.json": b'{"misses": 0}\n',
        "manifest.json": b"{}\n",
    }
    (folder.with_suffix(".toml")).write_text(text)
    model, rules = read_manifest(package), Recipe.load(folder.with_suffix(".toml"))
    hashes = {
        name: hashlib.sha256(one if isinstance(one, bytes) else one.read_bytes()).hexdigest()
        for name, one in sources.items()
    }
    document = ReleaseDocument(
        product=product,
        created="2026-11-22T09:00:00Z",
        model=Named(name=model.name, version=model.version, digest=model.digest),
        recipe=Named(name=rules.name, version=rules.version, digest=rules.digest),
        replaces=None,
        trainer="Clara",
        why="fewer misses",
        dataset=TestSet(manifest="a" * 64, test_lock="b" * 64, uses=1),
        gate=Gate(rules=hashes["gate.toml"], checks=[Check(name="misses", passed=True, words="0 of 60 missed")]),
        software={"inspector-station": "0"},
        files=hashes,
    )
    return write_release(folder, document, sources)


def sign(release: Release, proposer: str = "anna", approver: str = "ben") -> Release:
    """Propose a release by one person and approve it by another, each with their key."""
    said, by, other = release.document, key_of(proposer), key_of(approver)
    proposal = Proposal(
        release.digest,
        said.product,
        said.model.digest,
        said.recipe.digest,
        said.trainer,
        proposer.title(),
        T_US,
        "it misses less",
    )
    note = sign_proposal(proposal, by).encode()
    add_note(release.path, PROPOSAL_FILE, note)
    digest = hashlib.sha256(note).hexdigest()
    approval = Approval(digest, release.digest, approver.title(), T_US + 1_000_000, "figures seen")
    add_note(release.path, APPROVAL_FILE, sign_approval(approval, other).encode())
    return read_release(release.path)


def signed_release(folder: Path, version: str = "2", *, product: str = "main") -> Release:
    """A release that Anna and Ben have signed."""
    return sign(make_release(folder, version, product=product))


def still_there(bench: Bench, plc_count: int = 0) -> None:
    """Line and camera say so several times a second, and what came before may have taken long on a busy machine."""
    bench.line_state(plc_count)
    bench.camera_state()
