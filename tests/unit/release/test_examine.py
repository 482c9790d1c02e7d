# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever stands in the files of a release whose hashes are right: it is examined, or refused with words."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import ReleaseRefused
from inspector.release.folder import read_release
from tests.release_samples import Bench, rewrite_json
from training.release.examine import examine

FILES = ("report.json", "manifest.json", "equality.json", "gate.toml")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def folder(made: Bench, proposed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(proposed, tmp_path_factory.mktemp("examined") / "r"))


def examined(folder: Path, name: str, data: bytes) -> bool:
    """Put other bytes there, with their hash in `release.json`; whether they are taken."""
    original, whole = (folder / name).read_bytes(), (folder / "release.json").read_bytes()
    document = json.loads(whole)
    digest = hashlib.sha256(data).hexdigest()
    gate = document["gate"] | ({"rules": digest} if name == "gate.toml" else {})
    dataset = document["dataset"] | ({"manifest": digest} if name == "manifest.json" else {})
    try:
        (folder / name).write_bytes(data)
        files = document["files"] | {name: digest}
        rewrite_json(folder / "release.json", files=files, gate=gate, dataset=dataset)
        examine(read_release(folder))
    except ReleaseRefused:
        return False
    finally:
        (folder / name).write_bytes(original)
        (folder / "release.json").write_bytes(whole)
    return True


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = put(value[path[0]], path[1:], new)
    return value


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_any_value_in_any_place(folder: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FILES[:3]))
    document = json.loads((folder / name).read_bytes())
    outside = {"report.json": ("figures", "candidate"), "manifest.json": ("images", "splits")}.get(name, ())
    found = [path for path in places(document) if not outside or path[:1] == () or path[0] in outside]
    path = data.draw(st.sampled_from(found))
    changed = put(document, path, data.draw(_VALUES))
    examined(folder, name, json.dumps(changed).encode())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(FILES), st.binary(max_size=60))
def test_any_bytes(folder: Path, name: str, data: bytes) -> None:
    assert not examined(folder, name, data)


@pytest.mark.parametrize("name", FILES)
def test_what_was_there_is_taken_in_the_same_harness(folder: Path, name: str) -> None:
    assert examined(folder, name, (folder / name).read_bytes())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("figures", "numbers", "uses"), 2),
        (("figures", "numbers", "bad"), 11),
        (("figures", "weights", "precision"), "int8"),
        (("figures", "weights", "equal"), None),
        (("figures", "beside"), None),
        (("figures", "beside", "misses", "candidate"), 1),
        (("figures", "count_by"), "picture"),
        (("figures", "p99_ms"), 0.001),
        (("candidate", "recipe_digest"), "0" * 64),
        (("released", "model_digest"), "0" * 64),
        (("released",), None),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_figures_that_contradict_the_rest(folder: Path, path: tuple[str, ...], value: Any) -> None:
    document = json.loads((folder / "report.json").read_bytes())
    assert not examined(folder, "report.json", json.dumps(put(document, path, value)).encode())
