# SPDX-License-Identifier: AGPL-3.0-or-later
"""A model package is loaded only when each of its bytes is what its digest covers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from inspector.detect import package as package_module
from inspector.detect.package import MANIFEST_NAME, ModelPackage, _validate, write_package
from inspector.errors import ModelRefused

PROVENANCE = {
    "command": "python -m training.train --seed 1",
    "base": "scratch",
    "dataset_manifest_sha256": "0" * 64,
}


def write(directory: Path, source: Path, **changes: object) -> ModelPackage:
    values: dict[str, object] = {
        "name": "disc",
        "version": "1.0",
        "classes": ["scratch", "dent"],
        "width": 320,
        "height": 256,
        "weights": source,
        "kind": "onnx",
        "score_ppm": 100_000,
        "iou_ppm": 700_000,
        "provenance": PROVENANCE,
    }
    return write_package(directory, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "trained.onnx"
    path.write_bytes(b"weights" * 100)
    return path


def edit(directory: Path, change: Callable[[dict[str, object]], None]) -> None:
    path = directory / MANIFEST_NAME
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_what_was_written_is_loaded(tmp_path: Path, source: Path) -> None:
    written = write(tmp_path / "pkg", source)
    loaded = ModelPackage.load(tmp_path / "pkg")
    assert loaded == written
    assert loaded.classes == ("scratch", "dent")
    assert (loaded.manifest.input.width, loaded.manifest.input.height) == (320, 256)
    assert loaded.manifest.input.pad_value == 114
    assert loaded.weight_bytes(".onnx") == source.read_bytes()
    assert len(loaded.digest) == 64


def test_the_digest_covers_meaning_not_layout(tmp_path: Path, source: Path) -> None:
    written = write(tmp_path / "pkg", source)
    edit(tmp_path / "pkg", lambda content: None)  # writes the same fields in another layout
    assert ModelPackage.load(tmp_path / "pkg").digest == written.digest


def test_openvino_ir_has_two_files(tmp_path: Path) -> None:
    (tmp_path / "net.xml").write_bytes(b"<net/>")
    (tmp_path / "net.bin").write_bytes(b"\x00\x01")
    loaded = write(tmp_path / "pkg", tmp_path / "net.xml", kind="openvino-ir")
    assert loaded.weights == {"model.xml": b"<net/>", "model.bin": b"\x00\x01"}


def test_a_package_is_never_overwritten(tmp_path: Path, source: Path) -> None:
    write(tmp_path / "pkg", source)
    with pytest.raises(ModelRefused, match="already holds"):
        write(tmp_path / "pkg", source)


def flip_a_weight_bit(directory: Path) -> None:
    path = directory / "model.onnx"
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)


def lower_the_floor(directory: Path) -> None:
    edit(directory, lambda c: c["thresholds"].update(score_ppm=1))  # type: ignore[attr-defined]


def set_files(names: dict[str, str]) -> Callable[[Path], None]:
    return lambda directory: edit(
        directory,
        lambda c: c["weights"].update(files=names),  # type: ignore[attr-defined]
    )


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "flipped bit in the weights": (flip_a_weight_bit, "do not match"),
    "weights missing": (lambda d: (d / "model.onnx").unlink(), "is missing"),
    "weights are a directory": (
        lambda d: ((d / "model.onnx").unlink(), (d / "model.onnx").mkdir()) and None,
        "cannot be read",
    ),
    "model.json missing": (lambda d: (d / MANIFEST_NAME).unlink(), "is missing"),
    "model.json truncated": (lambda d: (d / MANIFEST_NAME).write_bytes(b'{"format":') and None, "model.json"),
    "model.json not UTF-8": (lambda d: (d / MANIFEST_NAME).write_bytes(b"\xff\xfe{}") and None, "model.json"),
    "threshold changed": (lower_the_floor, "digest does not match"),
    "extra field": (lambda d: edit(d, lambda c: c.update(note="x")), "note"),
    "unknown format": (lambda d: edit(d, lambda c: c.update(format="inspector-model/2")), "format"),
    "float": (lambda d: edit(d, lambda c: c["input"].update(width=320.0)), "input.width"),  # type: ignore[attr-defined]
    "text for a number": (lambda d: edit(d, lambda c: c["input"].update(width="320")), "width"),  # type: ignore[attr-defined]
    "wrong digest": (lambda d: edit(d, lambda c: c.update(digest="0" * 64)), "digest does not match"),
    "class twice": (lambda d: edit(d, lambda c: c.update(classes=["dent", "dent"])), "unique"),
    "path upwards": (set_files({"../model.onnx": "0" * 64}), "weights.files"),
    "absolute path": (set_files({"/etc/model.onnx": "0" * 64}), "weights.files"),
    "Windows path": (set_files({"C:\\model.onnx": "0" * 64}), "weights.files"),
    "alternate stream": (set_files({"model.onnx:x.onnx": "0" * 64}), "weights.files"),
    "second weight file": (set_files({"a.onnx": "0" * 64, "b.onnx": "0" * 64}), "exactly"),
    "no weight file": (set_files({}), "exactly"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damage_is_refused_with_advice(tmp_path: Path, source: Path, case: str) -> None:
    write(tmp_path / "pkg", source)
    damage, match = DAMAGE[case]
    damage(tmp_path / "pkg")
    with pytest.raises(ModelRefused, match=match) as refusal:
        ModelPackage.load(tmp_path / "pkg")
    assert refusal.value.advice


def test_a_field_given_twice_is_refused(tmp_path: Path, source: Path) -> None:
    write(tmp_path / "pkg", source)
    path = tmp_path / "pkg" / MANIFEST_NAME
    path.write_text(path.read_text(encoding="utf-8").replace("{", '{"name": "x", ', 1), encoding="utf-8")
    with pytest.raises(ModelRefused, match="twice"):
        ModelPackage.load(tmp_path / "pkg")


def test_huge_files_are_not_read(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "pkg", source)
    monkeypatch.setattr(package_module, "MAX_WEIGHTS_BYTES", 10)
    with pytest.raises(ModelRefused, match="larger than 10 bytes"):
        ModelPackage.load(tmp_path / "pkg")
    (tmp_path / "pkg" / MANIFEST_NAME).write_bytes(b" " * (package_module.MAX_MANIFEST_BYTES + 1))
    with pytest.raises(ModelRefused, match="larger"):
        ModelPackage.load(tmp_path / "pkg")


def test_a_path_that_is_no_directory_is_refused(tmp_path: Path, source: Path) -> None:
    for path in (source, tmp_path / "nowhere"):
        with pytest.raises(ModelRefused, match="not a directory"):
            ModelPackage.load(path)


def test_nothing_is_written_when_a_value_does_not_fit(tmp_path: Path, source: Path) -> None:
    with pytest.raises(ModelRefused, match="classes"):
        write(tmp_path / "pkg", source, classes=[])
    assert not (tmp_path / "pkg").exists()


@given(
    st.binary(max_size=300)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    with pytest.raises(ModelRefused):
        _validate(data, Path("model.json"))


def test_the_documentation_names_every_field() -> None:
    page = (Path(__file__).parents[2] / "docs" / "model-package.md").read_text(encoding="utf-8")

    def names(model: type[BaseModel], prefix: str = "") -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            inner = field.annotation
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                found += names(inner, f"{prefix}{name}.")
            else:
                found.append(prefix + name)
        return found

    for name in names(package_module.ModelManifest):
        assert f"`{name}`" in page, f"{name} is not documented"


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    with TemporaryDirectory() as place:
        source = Path(place) / "trained.onnx"
        source.write_bytes(b"weights")
        directory = Path(place) / "pkg"
        before = write(directory, source).manifest
        path = directory / data.draw(st.sampled_from(["model.onnx", MANIFEST_NAME]))
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(content)
        try:
            assert ModelPackage.load(directory).manifest == before  # only white space changed
        except ModelRefused as refusal:
            assert refusal.advice


@pytest.mark.parametrize("precision", ["f32", "int8"])
def test_the_precision_is_part_of_the_digest(tmp_path: Path, source: Path, precision: str) -> None:
    package = write(tmp_path / "pkg", source, precision=precision)
    assert package.manifest.precision == precision
    assert package.digest != write(tmp_path / "other", source, precision="int8" if precision == "f32" else "f32").digest
    assert not package.quantised  # these bytes are no network at all


@pytest.mark.parametrize("precision", ["bf16", "INT8", "", None])
def test_other_precisions_are_refused(tmp_path: Path, source: Path, precision: object) -> None:
    with pytest.raises(ModelRefused, match="precision"):
        write(tmp_path / "pkg", source, precision=precision)
