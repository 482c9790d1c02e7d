# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folders of photos: what cannot be used is listed with its reason, and the rest is used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import DatasetRefused
from training.anomaly import photos as module
from training.anomaly.photos import LEAST_GOOD, Photos, read_photos


def save(path: Path, seed: int, shape: tuple[int, ...] = (12, 16)) -> None:
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, shape).astype(np.uint8))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    good, new = tmp_path / "good", tmp_path / "new"
    good.mkdir()
    new.mkdir()
    for seed in range(LEAST_GOOD):
        save(good / f"{seed:02}.png", seed)
    save(new / "n.png", 99)
    return good, new


def read(good: Path, new: Path) -> Photos:
    return read_photos(good, new, lambda pixels: pixels)


def why(found: Photos, name: str) -> str:
    (one,) = [one for one in (*found.left, *found.remarks) if one.name == name]
    return f"{one.folder}: {one.why}"


def test_all_whole_photos_are_read(folders: tuple[Path, Path]) -> None:
    found = read(*folders)

    assert [one.name for one in found.good] == [f"{seed:02}.png" for seed in range(LEAST_GOOD)]
    assert [one.name for one in found.new] == ["n.png"]
    assert not found.left
    assert not found.remarks


def test_what_cannot_be_used_is_listed_and_the_rest_is_used(folders: tuple[Path, Path]) -> None:
    good, new = folders
    whole = (good / "00.png").read_bytes()
    (new / "cut.png").write_bytes(whole[:-20])
    (new / "empty.jpg").write_bytes(b"")
    (new / "notes.txt").write_text("no photo")
    save(new / "large.png", 1, (24, 16))
    save(new / "colour.png", 1, (12, 16, 3))
    save(good / "also-large.png", 1, (24, 16))

    found = read(good, new)

    assert [one.name for one in found.new] == ["n.png"]
    assert why(found, "cut.png") == "new: the file ends too early"
    assert why(found, "empty.jpg") == "new: the file is empty"
    assert why(found, "large.png") == "new: 16 x 24 px grey; most good photos: 16 x 12 px grey"
    assert why(found, "colour.png") == "new: 16 x 12 px colour; most good photos: 16 x 12 px grey"
    assert why(found, "also-large.png") == "good: 16 x 24 px grey; most good photos: 16 x 12 px grey"
    assert len(found.left) == 5


def test_a_photo_in_both_folders_is_told_and_one_that_is_there_twice_counts_once(folders: tuple[Path, Path]) -> None:
    good, new = folders
    data = (good / "03.png").read_bytes()
    (good / "03 again.png").write_bytes(data)
    (new / "known.png").write_bytes(data)

    found = read(good, new)

    assert why(found, "known.png") == "new: is the good photo 03 again.png: it is compared with itself and looks good"
    assert why(found, "03.png") == "good: shows the same pixels as 03 again.png"
    assert len(found.good) == LEAST_GOOD
    assert [one.name for one in found.new] == ["known.png", "n.png"]


def test_grey_that_is_stored_as_colour_is_grey(folders: tuple[Path, Path]) -> None:
    good, new = folders
    grey = np.random.default_rng(5).integers(0, 255, (12, 16)).astype(np.uint8)
    cv2.imwrite(str(new / "grey.png"), cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))

    found = read(good, new)

    assert [one.pixels.shape for one in found.new] == [(12, 16), (12, 16)]


def test_too_few_good_photos_are_refused_with_the_reasons(folders: tuple[Path, Path]) -> None:
    good, new = folders
    (good / "00.png").write_bytes(b"")

    with pytest.raises(DatasetRefused) as refused:
        read(good, new)

    assert f"{LEAST_GOOD - 1} photos of good parts that can be used; {LEAST_GOOD} are needed" in refused.value.message
    assert "00.png: the file is empty" in refused.value.message


def test_no_new_photo_is_refused(folders: tuple[Path, Path]) -> None:
    good, new = folders
    (new / "n.png").write_bytes(b"GIF89a")

    with pytest.raises(DatasetRefused, match=r"no photo that can be used; n\.png: no PNG, JPEG or BMP"):
        read(good, new)


def test_a_folder_that_is_none_is_refused(folders: tuple[Path, Path]) -> None:
    with pytest.raises(DatasetRefused, match="cannot be read"):
        read(folders[0], folders[1] / "nowhere")


def test_too_many_photos_are_refused_before_one_is_read(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_NEW", 0)

    with pytest.raises(DatasetRefused, match="holds 1 photos; at most 0"):
        read(*folders)


@given(data=st.binary(max_size=400), head=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM"]))
@settings(max_examples=30, deadline=None)
def test_whatever_a_file_holds_it_is_a_photo_or_has_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "any.png").write_bytes(head + data)
    (folder / "none").mkdir()

    with pytest.raises(DatasetRefused) as refused:
        read(folder, folder / "none")

    assert "any.png: " in refused.value.message or "1 photo of good parts" in refused.value.message
