# SPDX-License-Identifier: AGPL-3.0-or-later
"""The manifest: strict, and the same bytes for the same dataset; hashes of looks; damaged pictures of any kind."""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import DatasetRefused
from tests.dataset_samples import picture
from training.dataset.manifest import Manifest
from training.dataset.near import BITS, near_pairs
from training.dataset.picture import Facts, examine, look_of

DIGEST = "ab" * 32
IMAGE: dict[str, Any] = {
    "sha256": DIGEST,
    "pixels_sha256": "cd" * 32,
    "file": f"images/ab/{DIGEST}.png",
    "width": 64,
    "height": 48,
    "channels": 1,
    "look": "00" * 32,
    "brightness_milli": 127_500,
    "state": "labelled",
    "boxes": [{"class": "dent", "x": 1.0, "y": 2.5, "w": 3.0, "h": 4.0}],
    "source": {"importer": "yolo", "file": "a.png"},
}
WHOLE: dict[str, Any] = {"kind": "inspector-dataset", "v": 1, "name": "d", "classes": ["dent"], "images": [IMAGE]}


def parse(document: object) -> Manifest:
    return Manifest.parse(json.dumps(document).encode(), "manifest.json")


def test_it_is_read_as_it_was_written() -> None:
    manifest = parse(WHOLE)
    assert Manifest.parse(manifest.encode(), "x") == manifest
    assert Manifest.parse(manifest.encode(), "x").encode() == manifest.encode()


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../etc/passwd"},
        {"file": f"images/ab/{DIGEST}.p/g"},
        {"state": "good"},
        {"state": "labelled", "boxes": []},
        {"boxes": [{"class": "crack", "x": 1.0, "y": 2.0, "w": 3.0, "h": 4.0}]},
        {"boxes": [{"class": "dent", "x": 62.0, "y": 2.0, "w": 3.0, "h": 4.0}]},
        {"boxes": [{"class": "dent", "x": 1.0, "y": 2.0, "w": 0.0, "h": 4.0}]},
        {"width": "64"},
        {"width": 0},
        {"sha256": DIGEST.upper()},
        {"channels": 2},
        {"split": "holdout"},
        {"probability_ppm": 5},
        {"stratum": "random"},
        {"extra": 1},
    ],
    ids=lambda change: "-".join(change),
)
def test_what_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DatasetRefused):
        parse({**WHOLE, "images": [{**IMAGE, **change}]})


@pytest.mark.parametrize(
    "change",
    [{"v": 2}, {"kind": "x"}, {"classes": ["dent", "dent"]}, {"images": [IMAGE, IMAGE]}, {"more": 1}],
    ids=range(5),
)
def test_a_whole_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DatasetRefused):
        parse({**WHOLE, **change})


@pytest.mark.parametrize("data", [b'{"v": 1, "v": 1}', b"[" * 100_000, b"\xff", b"NaN", b"", b"[]"], ids=range(6))
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(DatasetRefused):
        Manifest.parse(data, "x")


ANY_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(WHOLE)), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(ANY_JSON)
def test_any_json_is_refused_and_nothing_else_happens(document: object) -> None:
    with pytest.raises(DatasetRefused):
        parse(document)


def encoded(suffix: str) -> bytes:
    done, data = cv2.imencode(suffix, picture(3, edge=24))
    assert done
    return data.tobytes()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([".png", ".jpg", ".bmp"]), st.data())
def test_any_damage_is_told_or_harmless(suffix: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(suffix))
    cut = data.draw(st.integers(0, len(whole)))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(0, 255))
    facts = examine(bytes(whole[:cut]))
    if isinstance(facts, Facts):
        assert facts.width * facts.height <= 200_000_000
    elif cut == len(whole):
        assert facts.what


@given(st.binary(max_size=200), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"BM"]))
@settings(max_examples=100, deadline=None)
def test_no_bytes_end_the_examination(data: bytes, head: bytes) -> None:
    assert not isinstance(examine(head + data), Facts)


def test_a_picture_of_too_many_pixels_is_not_decoded() -> None:
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    found = examine(bomb)
    assert not isinstance(found, Facts)
    assert "60000 x 60000" in found.what


def test_looks_survive_small_changes_and_tell_pictures_apart() -> None:
    smooth = cv2.GaussianBlur(picture(5, edge=320), (0, 0), 9)
    smooth = cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX)
    done, jpeg = cv2.imencode(".jpg", smooth, [cv2.IMWRITE_JPEG_QUALITY, 60])
    assert done
    again = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    assert again is not None
    looks = [look_of(np.asarray(one, np.uint8)) for one in (smooth, picture(6), again, picture(7))]
    assert list(near_pairs(looks)) == [(0, 2)]
    assert list(near_pairs(looks, 3)) == []
    assert BITS < 128


def test_the_page_names_every_field_and_kind_and_no_other() -> None:
    import re
    from pathlib import Path

    from training.dataset import manifest
    from training.dataset.problems import Kind

    page = (Path(__file__).parents[3] / "docs" / "dataset.md").read_text(encoding="utf-8")
    for title, model in (
        ("The file", manifest.Manifest),
        ("A picture", manifest.Image),
        ("A box", manifest.Box),
        ("Where it came from", manifest.Source),
        ("How it was divided", manifest.Splits),
    ):
        rows = re.findall(r"^\| `([\w`, ]+)` \|", page.split(f"### {title}\n")[1].split("\n##")[0], re.MULTILINE)
        named = {name.strip("` ") for row in rows for name in row.split(",")}
        assert named == {field.alias or name for name, field in model.model_fields.items()}, title
    assert set(re.findall(r"^\| `([\w-]+)` \| (?:error|warning)", page, re.MULTILINE)) == {kind.value for kind in Kind}
