# SPDX-License-Identifier: AGPL-3.0-or-later
"""`run.json`: written, read, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ConfigError
from training.train import runfile
from training.train.runfile import Data, Epoch, Run
from training.train.spec import Settings

EPOCH = Epoch(loss=2.5, map50=0.5, map50_95=0.25, precision=0.5, recall=0.75, seconds=12.5)
RUN = Run(
    state="running",
    data=Data(kind="dataset", sha256="ab" * 32, train=10, val=2, good=1, repeated=0),
    settings=Settings(minutes=5.0, epochs=300),
    device="CPU",
    versions={"torch": "2", "torchvision": "1", "ultralytics": "8"},
    planned=7,
    epochs=(EPOCH,),
    best=1,
    spent_s=20.0,
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    runfile.write(tmp_path, RUN)
    assert runfile.read(tmp_path) == RUN
    assert RUN.encode() == Run.parse(RUN.encode(), "x").encode()


def changed(**changes: Any) -> bytes:
    return json.dumps({**json.loads(RUN.encode()), **changes}).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(RUN.encode()[:-20], id="truncated"),
        pytest.param(RUN.encode().replace(b'"v": 1', b'"v": 1, "v": 1'), id="twice"),
        pytest.param(RUN.encode().replace(b"12.5", b"NaN"), id="nan"),
        pytest.param(changed(v=2), id="version"),
        pytest.param(changed(other=1), id="unknown"),
        pytest.param(changed(planned=0), id="none-planned"),
        pytest.param(changed(best=2), id="best"),
        pytest.param(changed(epochs=[]), id="best-of-none"),
        pytest.param(changed(state="finished"), id="no-weights"),
        pytest.param(changed(weights_sha256="ab" * 32), id="weights-too-early"),
        pytest.param(changed(settings={"lr": "0.1"}), id="text"),
        pytest.param(changed(settings={"seed": True}), id="bool"),
        pytest.param(changed(data={"kind": "dataset", "sha256": "AB" * 32}), id="digest"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError, match="is no file of a training"):
        Run.parse(data, "run.json")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_one_clear_error(data: bytes) -> None:
    with pytest.raises(ConfigError):
        Run.parse(data, "run.json")


def test_a_file_of_any_size_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runfile, "MAX_BYTES", 10)
    (tmp_path / "run.json").write_bytes(b" " * 11)
    with pytest.raises(ConfigError, match="more than 10"):
        runfile.read(tmp_path)


def test_a_folder_without_a_training_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no training"):
        runfile.read(tmp_path)
