# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a model package may stand for the weights that were trained: f32 has to be equal, int8 is another model."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from inspector.cli.output import Output
from inspector.detect.package import ModelManifest
from inspector.errors import ConfigError
from training.evaluation.pictures import Source
from training.release.figures import Weights
from training.release.judging import Contender, How, tracked

EQUALITY_FILE = "equality.json"
_PIECE = 1024 * 1024


def compare_weights(
    contender: Contender, weights: Path | None, source: Source, how: How, output: Output
) -> tuple[Weights, bytes | None]:
    """Compare a package with the weights that it was made from, without looking at any label.

    Args:
        contender: The candidate.
        weights: The trained weights; None: nobody named them.
        source: Pictures on which both are compared.
        how: See there.
        output: Shows how far it is.

    Returns:
        What came of it, and `equality.json`; None where nothing was compared.

    Raises:
        ConfigError: The weights cannot be read, or the training extra is missing.
    """
    manifest = contender.package.manifest
    if manifest.precision != "f32":
        made_from = manifest.provenance.get("f32_package")
        words = f"{manifest.precision}: another model than the weights, judged as a candidate of its own; made from "
        words += "a package that it does not name" if made_from is None else f"package {made_from[:16]}"
        return Weights(precision=manifest.precision, equal=None, words=words), None
    named = manifest.provenance.get("weights_sha256")
    if weights is None:
        return _unequal("no trained weights were named to compare the package with (--weights)", compared=False)
    if named is None:
        return _unequal("the package does not say from which weights it was made: export it anew", compared=False)
    if _sha256(weights) != named:
        return _unequal(f"the package was made from other weights than {weights.name}", compared=False)
    return _compared(contender, weights, source, how, output)


def trained_on(model: ModelManifest, manifest_sha256: str) -> str:
    """Whether a model was trained on a dataset in the state in which it was measured, in words."""
    named = model.provenance.get("dataset_manifest_sha256")
    if named is None:
        return "The package does not say what it was trained on: nothing shows that no test picture was among it."
    if named == manifest_sha256:
        return "Trained on the same dataset, from which its test set was left out."
    return (
        f"Trained on another dataset, or another state of this one (manifest {named[:16]}): nothing here shows that no"
        " test picture was among it."
    )


def _unequal(words: str, *, compared: bool) -> tuple[Weights, None]:
    return Weights(precision="f32", equal=False if compared else None, words=words), None


def _compared(
    contender: Contender, weights: Path, source: Source, how: How, output: Output
) -> tuple[Weights, bytes | None]:
    from training.export.equality import compare

    found = compare(
        weights,
        contender.package,
        contender.recipe,
        source,
        how.backend,
        how.threads,
        lambda pictures: tracked(output, "Comparing with the weights", pictures),
        camera=how.camera,
    )
    data = json.dumps(found.as_json(), indent=1, sort_keys=True).encode("ascii") + b"\n"
    if found.equal:
        words = f"{found.boxes} boxes within {found.box_px:.3f} px, equal verdicts on {found.pictures} pictures"
    else:
        words = "differs from the weights: " + "; ".join(found.complaints)
    return Weights(precision="f32", equal=found.equal, words=words), data


def _sha256(path: Path) -> str:
    done = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while piece := stream.read(_PIECE):
                done.update(piece)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check --weights") from error
    return done.hexdigest()
