# SPDX-License-Identifier: AGPL-3.0-or-later
"""The other importers: what each reads, what it refuses, and that no file makes one fail."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dataset_samples import kinds, told, write_picture, write_yolo
from training.dataset.folder import DatasetFolder
from training.dataset.importers import coco, deeppcb, labelme, masks, voc, yolo
from training.dataset.importers.documents import numbers
from training.dataset.incoming import RawBox, Request
from training.dataset.manifest import Image
from training.dataset.problems import Problems

Capture = pytest.CaptureFixture[str]


def boxes(image: Image) -> list[tuple[str, float, float, float, float]]:
    return [(box.class_name, box.x, box.y, box.w, box.h) for box in image.boxes]


def images(folder: Path) -> dict[str, Image]:
    return {image.source.file: image for image in DatasetFolder(folder).load().images}


COCO: dict[str, Any] = {
    "categories": [{"id": 3, "name": "dent"}, {"id": 1, "name": "scratch"}],
    "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "sub/b.png"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [8, 4.5, 10, 20]}],
}


def write_coco(folder: Path, content: object = COCO) -> Path:
    write_picture(folder / "a.png", 1)
    write_picture(folder / "sub" / "b.png", 2)
    path = folder / "instances.json"
    path.write_text(json.dumps(content))
    return path


def test_coco(tmp_path: Path, capsys: Capture) -> None:
    path = write_coco(tmp_path / "c")
    code, said = told(capsys, "dataset", "import", "--coco", path, "--dataset", tmp_path / "d")
    assert (code, said["states"]) == (0, {"labelled": 1, "good": 0, "unlabelled": 1})
    assert kinds(said, "warning") == ["empty-class", "missing-label"]
    assert boxes(images(tmp_path / "d")["a.png"]) == [("dent", 8, 4.5, 10, 20)]
    assert DatasetFolder(tmp_path / "d").load().classes == ("dent", "scratch")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"images": [{"id": 1, "file_name": "../../secret.png"}]}, "missing-picture"),
        ({"images": [{"id": 1, "file_name": "gone.png"}]}, "missing-picture"),
        ({"images": [{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "sub/b.png"}]}, "name-clash"),
        ({"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "a.png"}]}, "name-clash"),
        ({"annotations": [{"image_id": 9, "category_id": 3, "bbox": [0, 0, 1, 1]}]}, "missing-picture"),
        ({"annotations": [{"image_id": 1, "category_id": 9, "bbox": [0, 0, 1, 1]}]}, "unknown-class"),
        ({"annotations": [{"image_id": 1, "category_id": 3, "bbox": [0, 0, 1]}]}, "label-file"),
        ({"annotations": [{"image_id": 1, "category_id": 3, "bbox": [0, 0, 1, "x"]}]}, "label-file"),
        ({"annotations": [{"image_id": 1, "category_id": 3, "bbox": [60, 0, 10, 5]}]}, "box-outside"),
        ({"annotations": "none"}, "label-file"),
        ({"categories": [{"id": 3, "name": "dent"}, {"id": 4, "name": "dent"}]}, "unknown-class"),
    ],
    ids=range(11),
)
def test_coco_that_is_wrong(change: dict[str, Any], kind: str, tmp_path: Path, capsys: Capture) -> None:
    write_picture(tmp_path.parent / "secret.png", 5)
    path = write_coco(tmp_path / "c", {**COCO, **change})
    code, said = told(capsys, "dataset", "import", "--coco", path, "--dataset", tmp_path / "d")
    assert code == 1
    assert kind in kinds(said)


VOC = """<annotation><folder>x</folder><filename>a.png</filename><size><width>64</width></size>
<object><name>dent</name><part><name>rim</name><bndbox><xmin>0</xmin></bndbox></part>
<bndbox><xmin>8</xmin><ymin>4</ymin><xmax>18</xmax><ymax>24</ymax></bndbox></object></annotation>"""


def write_voc(folder: Path, text: str = VOC) -> Path:
    write_picture(folder / "JPEGImages" / "a.png", 1)
    write_picture(folder / "JPEGImages" / "b.png", 2)
    (folder / "Annotations").mkdir(parents=True)
    (folder / "Annotations" / "a.xml").write_text(text)
    return folder


def test_pascal_voc(tmp_path: Path, capsys: Capture) -> None:
    folder = write_voc(tmp_path / "v")
    code, said = told(capsys, "dataset", "import", "--voc", folder, "--dataset", tmp_path / "d")
    assert (code, said["states"]) == (0, {"labelled": 1, "good": 0, "unlabelled": 1})
    assert boxes(images(tmp_path / "d")["JPEGImages/a.png"]) == [("dent", 8, 4, 10, 20)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><annotation>&b;</annotation>', "label-file"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><annotation/>', "label-file"),
        ("<annotation><object>", "label-file"),
        ("<html/>", "label-file"),
        ("<annotation>" + "<a>" * 50 + "</a>" * 50 + "</annotation>", "label-file"),
        (VOC.replace("8</xmin>", "eight</xmin>"), "label-file"),
        (VOC.replace("8</xmin>", "nan</xmin>"), "label-file"),
        (VOC.replace("a.png", "../../a.png").replace("18</xmax>", "99</xmax>"), "box-outside"),
        (VOC.replace("a.png", "nobody.png").replace("18</xmax>", "8</xmax>"), "box-empty"),
    ],
    ids=range(9),
)
def test_pascal_voc_that_is_wrong(text: str, kind: str, tmp_path: Path, capsys: Capture) -> None:
    folder = write_voc(tmp_path / "v", text)
    code, said = told(capsys, "dataset", "import", "--voc", folder, "--dataset", tmp_path / "d")
    assert code == 1
    assert kind in kinds(said)


def write_deeppcb(folder: Path) -> Path:
    for number, (name, lst) in enumerate((("00041000", "trainval"), ("12000001", "test"))):
        group = folder / f"group{name[:5]}"
        write_picture(group / name[:5] / f"{name}_test.jpg", 10 + number)
        write_picture(group / name[:5] / f"{name}_temp.jpg", 20 + number)
        (group / f"{name[:5]}_not").mkdir()
        (group / f"{name[:5]}_not" / f"{name}.txt").write_text("8 8 24 16 3\n30,30,40,44,1\n")
        line = f"group{name[:5]}/{name[:5]}/{name}.jpg group{name[:5]}/{name[:5]}_not/{name}.txt\n"
        (folder / f"{lst}.txt").write_text(line)
    return folder


def test_deeppcb_as_its_authors_publish_it(tmp_path: Path, capsys: Capture) -> None:
    folder = write_deeppcb(tmp_path / "PCBData")
    code, said = told(capsys, "dataset", "import", "--deeppcb", tmp_path, "--dataset", tmp_path / "d")
    assert (code, said["states"]) == (0, {"labelled": 2, "good": 2, "unlabelled": 0})
    found = images(tmp_path / "d")
    tested = found["group00041/00041/00041000_test.jpg"]
    template = found["group00041/00041/00041000_temp.jpg"]
    assert boxes(tested) == [("mousebite", 8, 8, 16, 8), ("open", 30, 30, 10, 14)]
    assert (tested.part, tested.lot, tested.split) == (template.part, template.lot, template.split)
    assert (template.state, template.part, template.lot, template.split) == ("good", "00041000", "00041", "train")
    (folder / "test.txt").write_text("../../x.jpg y.txt\nnonsense\n")
    (folder / "group00041/00041_not/00041000.txt").write_text("1 2 3 4 9\n1 2 3 x 1\n9999999 1 2 2 1\n")
    code, said = told(capsys, "dataset", "import", "--deeppcb", tmp_path, "--dataset", tmp_path / "e")
    assert (code, kinds(said)) == (1, ["box-outside", "label-file", "source", "unknown-class"])


def test_deeppcb_as_yolo_with_templates(tmp_path: Path, capsys: Capture) -> None:
    write_yolo(tmp_path / "y")
    write_picture(tmp_path / "y" / "templates" / "val" / "p005.png", 60)
    code, said = told(capsys, "dataset", "import", "--deeppcb", tmp_path / "y", "--dataset", tmp_path / "d")
    assert (code, said["added"]) == (0, 7)
    template = images(tmp_path / "d")["templates/val/p005.png"]
    assert (template.state, template.part, template.split) == ("good", "p005", "val")


def labelme_file(picture: str, shapes: list[dict[str, Any]], **more: object) -> str:
    return json.dumps({"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": picture, **more})


def test_labelme(tmp_path: Path, capsys: Capture) -> None:
    for number, name in enumerate("abcd"):
        write_picture(tmp_path / "l" / f"{name}.png", number)
    shapes = [
        {"label": "dent", "points": [[18, 24], [8, 4]], "shape_type": "rectangle"},
        {"label": "hole", "points": [[32, 32], [32, 40]], "shape_type": "circle"},
        {"label": "scratch", "points": [[1, 2], [5, 3], [9, 12]]},
    ]
    (tmp_path / "l" / "a.json").write_text(labelme_file("a.png", shapes))
    (tmp_path / "l" / "b.json").write_text(labelme_file("b.png", []))
    (tmp_path / "l" / "c.json").write_text(labelme_file("c.png", shapes[:1], flags={"unlabelled": True}))
    code, said = told(capsys, "dataset", "import", "--labelme", tmp_path / "l", "--dataset", tmp_path / "d")
    assert (code, said["states"]) == (0, {"labelled": 1, "good": 1, "unlabelled": 2})
    found = images(tmp_path / "d")
    assert boxes(found["a.png"]) == [("dent", 8, 4, 10, 20), ("hole", 24, 24, 16, 16), ("scratch", 1, 2, 8, 10)]
    assert [box.class_name for box in found["c.png"].proposals] == ["dent"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        labelme_file("gone.png", []),
        labelme_file("../a.png", []),
        labelme_file("a.png", [{"label": "x", "points": [[1, 2]]}]),
        labelme_file("a.png", [{"label": "x", "points": [[1, 2], [3, "4"]]}]),
        labelme_file("a.png", [{"label": "", "points": [[1, 2], [3, 4]]}]),
        json.dumps({"imagePath": "a.png", "shapes": 5}),
        "[" * 100_000,
    ],
    ids=range(9),
)
def test_labelme_that_is_wrong(text: str, tmp_path: Path, capsys: Capture) -> None:
    write_picture(tmp_path / "a.png", 3)
    write_picture(tmp_path / "l" / "a.png", 3)
    (tmp_path / "l" / "a.json").write_text(text)
    code, said = told(capsys, "dataset", "import", "--labelme", tmp_path / "l", "--dataset", tmp_path / "d")
    assert code == 1
    assert set(kinds(said)) <= {"label-file", "missing-picture"}


def write_masks(folder: Path, values: tuple[int, int] = (255, 255)) -> Path:
    for number, name in enumerate("abc"):
        write_picture(folder / "images" / f"{name}.png", number)
    mask = np.zeros((64, 64), np.uint8)
    mask[4:24, 8:18] = values[0]
    mask[40:50, 30:36] = values[1]
    mask[60, 60] = values[1]  # a single pixel is no defect
    (folder / "masks").mkdir()
    assert cv2.imwrite(str(folder / "masks" / "a.png"), mask)
    assert cv2.imwrite(str(folder / "masks" / "b_mask.png"), mask * 0)
    return folder


def test_masks(tmp_path: Path, capsys: Capture) -> None:
    folder = write_masks(tmp_path / "m")
    code, said = told(capsys, "dataset", "import", "--masks", folder, "--dataset", tmp_path / "d")
    assert (code, said["states"]) == (0, {"labelled": 1, "good": 1, "unlabelled": 1})
    assert boxes(images(tmp_path / "d")["images/a.png"]) == [("defect", 8, 4, 10, 20), ("defect", 30, 40, 6, 10)]


def test_masks_of_several_classes(tmp_path: Path, capsys: Capture) -> None:
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--masks", write_masks(tmp_path / "m", (2, 1))]
    assert told(capsys, *words, "--classes", "dent,scratch")[0] == 0
    assert boxes(images(tmp_path / "d")["images/a.png"]) == [("dent", 30, 40, 6, 10), ("scratch", 8, 4, 10, 20)]
    words = ["dataset", "import", "--dataset", tmp_path / "e", "--masks", write_masks(tmp_path / "n", (3, 1))]
    code, said = told(capsys, *words, "--classes", "dent,scratch")
    assert (code, kinds(said)) == (1, ["unknown-class"])


def test_masks_that_are_wrong(tmp_path: Path, capsys: Capture) -> None:
    folder = write_masks(tmp_path / "m")
    write_picture(folder / "masks" / "c.png", 5, edge=32)
    write_picture(folder / "masks" / "nobody.png", 5)
    code, said = told(capsys, "dataset", "import", "--masks", folder, "--dataset", tmp_path / "d")
    assert (code, kinds(said)) == (1, ["label-file", "missing-picture"])


@pytest.mark.parametrize("option", ["yolo", "coco", "voc", "deeppcb", "labelme", "masks"])
def test_a_source_that_is_not_there_is_told(option: str, tmp_path: Path, capsys: Capture) -> None:
    code, said = told(capsys, "dataset", "import", f"--{option}", tmp_path / "gone", "--dataset", tmp_path / "d")
    assert code == 1
    assert set(kinds(said)) <= {"source", "label-file"}
    assert kinds(said)


def test_a_source_without_pictures_makes_no_dataset(tmp_path: Path, capsys: Capture) -> None:
    path = write_coco(tmp_path / "c", {"images": [], "annotations": [], "categories": []})
    code, said = told(capsys, "dataset", "import", "--coco", path, "--dataset", tmp_path / "d")
    assert (code, kinds(said)) == (1, ["source"])
    assert not (tmp_path / "d").exists()


WHERE = Path("x")
PARSERS: dict[str, tuple[Callable[[bytes, Problems], object], str]] = {
    "yolo": (lambda data, problems: yolo.parse_labels(data, ("a", "b"), WHERE, problems), "0 1 .5-e\n nan"),
    "deeppcb": (lambda data, problems: deeppcb.parse_labels(data, WHERE, problems), "0 1,9-\n"),
    "voc": (lambda data, problems: (voc.parse_voc(data, WHERE, problems) or ("", ()))[1], "<>/annotation objectbx&;"),
    "yaml": (lambda data, problems: yolo.parse_yaml(data, WHERE, problems) and (), "names: [a, b]\n0-&*{}!"),
}


@pytest.mark.parametrize("name", sorted(PARSERS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_parser_fail(name: str, data: st.DataObject) -> None:
    """It gives boxes of finite numbers, or says what is wrong."""
    parse, alphabet = PARSERS[name]
    content = data.draw(st.binary(max_size=80) | st.text(alphabet=alphabet, max_size=80).map(str.encode))
    problems = Problems()
    found = parse(content, problems) or ()
    assert isinstance(found, tuple)
    for box in found:
        assert isinstance(box, RawBox)
        assert all(abs(value) < 1e9 or name in ("voc", "yolo") for value in (box.x, box.y, box.w, box.h))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["label", "points", "id"]), inner),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON, JSON)
def test_no_shapes_make_the_importer_fail(points: object, shapes: object) -> None:
    problems = Problems()
    for content in ({"shapes": shapes}, {"shapes": [{"label": "a", "points": points}]}):
        found = labelme.parse_shapes(content, WHERE, problems)
        assert found or problems.errors or shapes == []
    assert numbers(points, 2) is None or isinstance(points, list)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_the_boxes_of_a_mask_hold_every_pixel_of_its_large_spots(seed: int, classes: int) -> None:
    values = np.random.default_rng(seed).integers(0, classes + 1, (16, 16), np.uint8)
    names = tuple("abc"[:classes])
    found = masks.boxes_of(values, names, WHERE, Problems())
    for name in names:
        covered = np.zeros(values.shape, bool)
        for box in found:
            if box.class_name == name:
                covered[int(box.y) : int(box.y + box.h), int(box.x) : int(box.x + box.w)] = True
        wanted = values > 0 if classes == 1 else values == names.index(name) + 1
        count, labels = cv2.connectedComponents(wanted.astype(np.uint8), connectivity=8)
        for number in range(1, count):
            spot = labels == number
            assert covered[spot].all() or spot.sum() < masks.MIN_AREA_PX


ANYTHING = st.none() | st.integers(-2, 5) | st.floats() | st.sampled_from(["a.png", "../a.png", "x\0", "\ud800"])
ENTRIES = st.lists(
    st.dictionaries(
        st.sampled_from(["id", "name", "file_name", "image_id", "category_id", "bbox"]),
        ANYTHING | st.lists(ANYTHING, max_size=4),
        max_size=6,
    )
    | ANYTHING,
    max_size=4,
)


@settings(max_examples=80, deadline=None)
@given(st.fixed_dictionaries({}, optional={"images": ENTRIES, "annotations": ENTRIES, "categories": ENTRIES}))
def test_no_coco_file_makes_the_importer_fail(content: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.json"
        path.write_text(json.dumps(content))
        problems = Problems()
        gathered = coco.gather(Request(source=path), problems)
    assert gathered.pictures == []  # no picture is there
    whole = all(isinstance(content.get(name), list) for name in ("images", "annotations", "categories"))
    assert problems.errors or (whole and not content["images"])


@settings(max_examples=80, deadline=None)
@given(ANYTHING, ANYTHING, ENTRIES | ANYTHING)
def test_no_labelme_file_makes_the_importer_fail(name: object, flags: object, shapes: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_picture(Path(folder) / "a.png", 1)
        (Path(folder) / "l.json").write_text(json.dumps({"imagePath": name, "flags": flags, "shapes": shapes}))
        problems = Problems()
        gathered = labelme.gather(Request(source=Path(folder)), problems)
    (one,) = gathered.pictures
    assert (one.state == "good") == (name == "a.png" and (shapes == [] or problems.errors > 0))
