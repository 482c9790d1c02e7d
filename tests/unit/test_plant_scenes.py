# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pictures of the simulated plant: their order is the camera's, their truth comes from the labels."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.config import Config, load_config
from inspector.errors import ConfigError
from inspector.line.plant.prepare import prepare_scenes
from inspector.line.plant.scenes import PlantScene, read_scenes, scene_folder, views_of

SETTINGS = """
recipe = "recipe.toml"
[station]
name = "s"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "camera.toml"
[detector]
package = "model"
[plant]
images = "belt/images"
"""


@pytest.fixture
def station(tmp_path: Path) -> Path:
    (tmp_path / "station.toml").write_text(SETTINGS, "utf-8")
    (tmp_path / "camera.toml").write_text('[[features]]\nPixelFormat = "Mono8"\n', "utf-8")
    folder = tmp_path / "belt" / "images"
    folder.mkdir(parents=True)
    for number, name in enumerate(["b.png", "a.jpg", "c.bmp"]):
        _, data = cv2.imencode(Path(name).suffix, np.full((6, 8, 3), 50 * number, np.uint8))
        (folder / name).write_bytes(data.tobytes())
    return tmp_path


def config(station: Path) -> Config:
    return load_config(station)


def test_scenes_are_in_the_order_of_the_camera(station: Path) -> None:
    scenes = prepare_scenes(station, config(station))
    assert [scene.image for scene in scenes] == ["a.jpg", "b.png", "c.bmp"]
    files = sorted(path.name for path in scene_folder(station, config(station)).glob("*.pgm"))
    assert [name.split("-", 1)[1] for name in files] == ["a.pgm", "b.pgm", "c.pgm"]
    assert read_scenes(station, config(station)) == scenes


def test_a_colour_camera_gets_colours(station: Path) -> None:
    (station / "camera.toml").write_text('[[features]]\nPixelFormat = "BayerRG8"\n', "utf-8")
    prepare_scenes(station, config(station))
    assert len(list(scene_folder(station, config(station)).glob("*.ppm"))) == 3


def test_the_truth_comes_from_the_list_or_from_label_files(station: Path) -> None:
    folder = station / "belt" / "images"
    (folder / "labels.json").write_text(json.dumps({"parts": [{"file": "a.jpg", "good": False}]}), "utf-8")
    (folder / "b.txt").write_text("", "utf-8")
    (station / "belt" / "labels").mkdir()
    (station / "belt" / "labels" / "c.txt").write_text("0 0.5 0.5 0.1 0.1\n", "utf-8")
    assert prepare_scenes(station, config(station)) == [
        PlantScene("a.jpg", "bad"),
        PlantScene("b.png", "good"),
        PlantScene("c.bmp", "bad"),
    ]


def test_without_labels_the_truth_is_unknown(station: Path) -> None:
    assert {scene.truth for scene in prepare_scenes(station, config(station))} == {"unknown"}


@pytest.mark.parametrize("content", [b"[]", b"{", b'{"parts": 5}', b'{"parts": [{"file": "a"}]}', b"\xff"])
def test_labels_that_cannot_be_read_are_named(station: Path, content: bytes) -> None:
    (station / "belt" / "images" / "labels.json").write_bytes(content)
    with pytest.raises(ConfigError, match=r"labels\.json cannot be read"):
        prepare_scenes(station, config(station))


def test_the_plant_does_not_start_unprepared(station: Path) -> None:
    with pytest.raises(ConfigError, match="inspector run"):
        read_scenes(station, config(station))


@pytest.mark.parametrize(
    ("table", "values", "named"),
    [
        ("line", "decide_by_ms = 800", "plant.decide_at_ms"),
        ("line", "confirm_by_ms = 1000", "line.confirm_by_ms"),
        ("line", "heartbeat_ms = 400", "watchdog_ms"),
    ],
)
def test_moments_that_could_never_be_met_are_refused(station: Path, table: str, values: str, named: str) -> None:
    path = station / "station.toml"
    path.write_text(SETTINGS + f"[{table}]\n{values}\n" + "heartbeat_lost_ms = 2000\n", "utf-8")
    with pytest.raises(ConfigError, match=named):
        load_config(station)
    path.write_text(SETTINGS, "utf-8")
    load_config(station)


@pytest.mark.parametrize("cameras", [1, 2, 3, 8])
def test_each_part_has_one_own_side_and_no_camera_sees_a_picture_twice(cameras: int) -> None:
    own = [PlantScene(f"{number}.png", "bad" if number % 2 else "good") for number in range(24)]
    views = [views_of(own, camera, cameras) for camera in range(cameras)]
    for number, part in enumerate(own):
        sides = [seen[number] for seen in views]
        assert [side for side in sides if side.pose == ""] == [part]
        assert all(int(side.image.split(".")[0]) % 2 == 0 for side in sides if side.pose), "the others are good"
        assert {side.truth for side in sides} == {part.truth}
    for seen in views:
        assert len({(scene.image, scene.pose) for scene in seen}) == len(own)
        assert {scene.truth for scene in seen if not scene.pose} == {"good", "bad"}


def test_without_known_good_parts_the_other_cameras_see_the_part_turned() -> None:
    own = [PlantScene(f"{number}.png", "unknown") for number in range(3)]
    assert [scene.image for scene in views_of(own, 1, 2)] == [scene.image for scene in own]


def test_two_cameras_have_their_own_folders(station: Path) -> None:
    (station / "belt" / "images" / "labels.json").write_text('{"parts": [{"file": "a.jpg", "good": true}]}')
    text = SETTINGS.replace(
        "[detector]", '[[cameras]]\nname = "side"\nproducer = "simulator"\nfeatures = "camera.toml"\n[detector]'
    )
    (station / "station.toml").write_text(text, "utf-8")
    prepare_scenes(station, config(station))
    for camera in (0, 1):
        scenes = read_scenes(station, config(station), camera)
        files = sorted(path.name for path in scene_folder(station, config(station), camera).glob("*.pgm"))
        assert files == [f"{number:06d}-{Path(scene.image).stem}.pgm" for number, scene in enumerate(scenes)]
