# SPDX-License-Identifier: AGPL-3.0-or-later
"""The model package: a directory with `model.json` and the weights that it names by SHA-256.

A record names the digest of the package that judged the part, so what is loaded must be exactly what the
digest covers: every weight file is read once, hashed, and the same bytes go to the runtime.
The format is described in `docs/model-package.md`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inspector.config import explain
from inspector.errors import ModelRefused

FORMAT = "inspector-model/1"
MANIFEST_NAME = "model.json"
MAX_MANIFEST_BYTES = 256 * 1024
MAX_WEIGHTS_BYTES = 512 * 1024 * 1024

WeightsKind = Literal["onnx", "openvino-ir"]
Precision = Literal["f32", "int8"]
"""What the network computes in: f32 throughout, or int8 where it is quantised and f32 elsewhere."""

# Operations of a quantised network, as they are named in ONNX and in OpenVINO's IR.
_QUANTISED = {
    "onnx": (
        b"QuantizeLinear",
        b"DequantizeLinear",
        b"QLinearConv",
        b"QLinearMatMul",
        b"ConvInteger",
        b"MatMulInteger",
    ),
    "openvino-ir": (b'type="FakeQuantize"', b'type="FakeConvert"'),
}

_RESTORE = "Restore the package from its source, or build it again with the command in its provenance"

# Plain file names in the package's own directory: no separators, no leading dot, hence no way out of it.
_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Slug = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$")]
_ClassName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Side = Annotated[int, Field(ge=32, le=8192)]
_Ppm = Annotated[int, Field(ge=0, le=1_000_000)]
_ProvenanceKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_ProvenanceText = Annotated[str, Field(max_length=8192)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ModelInput(_Strict):
    """Size of the network's input in px, and the grey value of the letterbox border."""

    width: _Side
    height: _Side
    pad_value: Annotated[int, Field(ge=0, le=255)] = 114


class Thresholds(_Strict):
    """The model's own floor: what scores lower is never reported. Limits per class belong to the recipe."""

    score_ppm: _Ppm
    iou_ppm: _Ppm
    max_detections: Annotated[int, Field(ge=1, le=10_000)]


class WeightFiles(_Strict):
    """The weight files by name, each with the SHA-256 of its bytes."""

    kind: WeightsKind
    files: dict[_FileName, _Sha256]

    @model_validator(mode="after")
    def _complete(self) -> WeightFiles:
        suffixes = sorted(Path(name).suffix for name in self.files)
        wanted = [".onnx"] if self.kind == "onnx" else [".bin", ".xml"]
        if suffixes != wanted:
            raise ValueError(f"kind {self.kind} needs exactly these files: {', '.join(wanted)}")
        return self


class ModelManifest(_Strict):
    """Content of `model.json`; integers and text only, so that its canonical bytes are unambiguous."""

    format: Literal["inspector-model/1"]
    name: _Slug
    version: _Slug
    classes: Annotated[tuple[_ClassName, ...], Field(min_length=1, max_length=1000)]
    input: ModelInput
    thresholds: Thresholds
    precision: Precision
    weights: WeightFiles
    provenance: Annotated[dict[_ProvenanceKey, _ProvenanceText], Field(max_length=64)]
    digest: _Sha256

    @model_validator(mode="after")
    def _unique_classes(self) -> ModelManifest:
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("class names must be unique")
        return self

    def document(self) -> bytes:
        """Canonical JSON of all fields except `digest`: the bytes that the digest is the SHA-256 of."""
        return _canonical(self.model_dump(mode="json", exclude={"digest"}))

    def computed_digest(self) -> str:
        """SHA-256 of `document`, in hex."""
        return hashlib.sha256(self.document()).hexdigest()


@dataclass(frozen=True, slots=True)
class ModelPackage:
    """A verified model package.

    Attributes:
        path: The directory it was loaded from.
        manifest: Content of `model.json`.
        weights: The verified bytes of each weight file; sessions are built from these, not from the disk.
    """

    path: Path
    manifest: ModelManifest
    weights: Mapping[str, bytes] = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """Version of the model."""
        return self.manifest.version

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in the order of the network's outputs."""
        return self.manifest.classes

    @property
    def digest(self) -> str:
        """SHA-256 in hex that records name; it covers the manifest and, through it, the weights."""
        return self.manifest.digest

    @property
    def quantised(self) -> bool:
        """Whether the network itself has operations that round to a few bits, whatever `model.json` says."""
        kind = self.manifest.weights.kind
        network = self.weight_bytes(".onnx" if kind == "onnx" else ".xml")
        return any(name in network for name in _QUANTISED[kind])

    def weight_bytes(self, suffix: str) -> bytes:
        """The verified bytes of the weight file with this suffix (".onnx", ".xml", ".bin")."""
        return next(data for name, data in self.weights.items() if name.endswith(suffix))

    @classmethod
    def load(cls, path: Path) -> ModelPackage:
        """Read a package and verify every hash.

        Raises:
            ModelRefused: Something is missing, too large, malformed, or differs from its hash.
        """
        manifest = read_manifest(path)
        weights: dict[str, bytes] = {}
        for name, expected in manifest.weights.files.items():
            data = _read_limited(path / name, MAX_WEIGHTS_BYTES)
            if hashlib.sha256(data).hexdigest() != expected:
                raise ModelRefused(f"{path / name}: the bytes do not match the SHA-256 in model.json", _RESTORE)
            weights[name] = data
        return cls(path=path, manifest=manifest, weights=weights)


def read_manifest(path: Path) -> ModelManifest:
    """The manifest of a package, without its weights.

    Raises:
        ModelRefused: It is missing, malformed, or does not have its digest.
    """
    manifest = _parse_manifest(path / MANIFEST_NAME)
    if manifest.computed_digest() != manifest.digest:
        raise ModelRefused(f"{path / MANIFEST_NAME}: the digest does not match the content", _RESTORE)
    return manifest


def write_package(
    directory: Path,
    *,
    name: str,
    version: str,
    classes: tuple[str, ...] | list[str],
    width: int,
    height: int,
    weights: Path,
    kind: WeightsKind,
    score_ppm: int,
    iou_ppm: int,
    provenance: Mapping[str, str],
    precision: Precision = "f32",
    max_detections: int = 300,
    pad_value: int = 114,
) -> ModelPackage:
    """Write a new model package and load it back.

    Args:
        directory: Created if needed; must not hold a package yet: a released package is never changed.
        name: Name of the model.
        version: Version of the model.
        classes: Class names in the order of the network's outputs.
        width: Input width of the network in px.
        height: Input height of the network in px.
        weights: The `.onnx` file, or the `.xml` of an OpenVINO IR with its `.bin` beside it.
        kind: "onnx" or "openvino-ir".
        score_ppm: Detections below this score are never reported.
        iou_ppm: Overlap above which non-maximum suppression drops the weaker box of a class.
        provenance: Where the model comes from: `command`, `dataset_manifest_sha256`, `base`, ...
        precision: What the network computes in; "int8" where it is quantised.
        max_detections: At most so many detections per image.
        pad_value: Grey value of the letterbox border.

    Raises:
        ModelRefused: The directory already holds a package, or a value or file does not fit the format.
    """
    if (directory / MANIFEST_NAME).exists():
        raise ModelRefused(f"{directory} already holds a model package", "Write the new one to a new directory")
    sources = [weights] if kind == "onnx" else [weights, weights.with_suffix(".bin")]
    contents = {f"model{source.suffix}": _read_limited(source, MAX_WEIGHTS_BYTES) for source in sources}
    fields: dict[str, object] = {
        "format": FORMAT,
        "name": name,
        "version": version,
        "classes": list(classes),
        "input": {"width": width, "height": height, "pad_value": pad_value},
        "thresholds": {"score_ppm": score_ppm, "iou_ppm": iou_ppm, "max_detections": max_detections},
        "precision": precision,
        "weights": {
            "kind": kind,
            "files": {file: hashlib.sha256(data).hexdigest() for file, data in contents.items()},
        },
        "provenance": dict(provenance),
    }
    fields["digest"] = hashlib.sha256(_canonical(fields)).hexdigest()
    text = json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
    _validate(text.encode("utf-8"), directory / MANIFEST_NAME)
    directory.mkdir(parents=True, exist_ok=True)
    for file, data in contents.items():
        (directory / file).write_bytes(data)
    (directory / MANIFEST_NAME).write_bytes(text.encode("utf-8"))
    return ModelPackage.load(directory)


def _canonical(content: Mapping[str, object]) -> bytes:
    """RFC 8785 for this format: without floats and with ASCII keys, sorted compact JSON is canonical."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def _read_limited(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise ModelRefused(f"{path} is missing", _RESTORE) from error
    except OSError as error:
        raise ModelRefused(f"{path} cannot be read: {error.strerror}", "Check the file and its rights") from error
    if len(data) > limit:
        raise ModelRefused(f"{path} is larger than {limit} bytes", _RESTORE)
    return data


def _parse_manifest(path: Path) -> ModelManifest:
    if not path.parent.is_dir():
        raise ModelRefused(f"{path.parent} is not a directory", "Name the directory that holds model.json")
    return _validate(_read_limited(path, MAX_MANIFEST_BYTES), path)


def _validate(data: bytes, path: Path) -> ModelManifest:
    try:
        manifest = ModelManifest.model_validate_json(data)
        json.loads(data, object_pairs_hook=_no_duplicates)
    except ValidationError as error:
        raise ModelRefused(f"{path}: {explain(error)}", _RESTORE) from error
    except ValueError as error:
        raise ModelRefused(f"{path}: {error}", _RESTORE) from error
    return manifest


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a field appears twice")
    return dict(pairs)
