# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector try` as a person types it, with the demo's model on small photos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector.cli import main as run_main
from training.anomaly import look, memory
from training.anomaly.commands import EXIT_NO_ORDER
from training.anomaly.photos import LEAST_GOOD


def strip(seed: int) -> np.ndarray:
    """A smooth surface with stripes, wide and low, so that the network has little to look at."""
    rng = np.random.default_rng(seed)
    x = np.arange(320, dtype=np.float32)
    row = 120 + 20 * np.sin(x / 9 + rng.uniform(0, 6))
    return np.asarray((row[np.newaxis] + rng.normal(0, 3, (32, 320))).clip(0, 255), np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("photos")
    (root / "good").mkdir()
    (root / "new").mkdir()
    for seed in range(LEAST_GOOD):
        cv2.imwrite(str(root / "good" / f"{seed:02}.png"), strip(seed))
    cv2.imwrite(str(root / "new" / "fine.png"), strip(100))
    flawed = strip(101)
    flawed[6:26, 200:224] = 10
    cv2.imwrite(str(root / "new" / "flaw & more.png"), flawed)
    (root / "new" / "cut.png").write_bytes((root / "good" / "00.png").read_bytes()[:60])
    return root / "good", root / "new"


@pytest.fixture(autouse=True)
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "PLACES", 1000)
    monkeypatch.setattr(memory, "KEPT", 200)


def test_the_odd_photo_is_first_on_the_terminal_on_the_page_and_for_scripts(
    folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, new = folders
    page, maps = tmp_path / "look.html", tmp_path / "maps"

    code = run_main(["try", str(good), str(new), "--html", str(page), "--out", str(maps), "--threads", "1", "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)

    assert [one["file"] for one in found["new"]] == ["flaw & more.png", "fine.png"]
    x, y = found["new"][0]["hottest"]
    assert 190 < x * 320 < 234
    assert 0 <= y <= 1
    assert found["new"][0]["score"] > max(1, found["new"][1]["score"])
    assert found["good"][0]["score"] == 1
    assert len(found["good"]) == LEAST_GOOD
    assert [one["file"] for one in found["left_out"]] == ["cut.png"]
    assert code == (0 if found["self_check"]["usable"] else EXIT_NO_ORDER)
    assert sorted(path.name for path in maps.iterdir()) == ["001-flaw & more.jpg", "002-fine.jpg"]
    text = page.read_text(encoding="utf-8")
    assert "flaw &amp; more.png" in text
    assert "This is no inspection" in text
    assert text.count("data:image/jpeg;base64,") == 4
    assert "<script" not in text
    assert "http" not in text.replace("http-equiv", "")


def test_a_folder_that_is_there_is_not_written_into(folders: tuple[Path, Path], tmp_path: Path) -> None:
    assert run_main(["try", str(folders[0]), str(folders[1]), "--out", str(tmp_path)]) == 3


@pytest.mark.parametrize("option", ["--html", "--out"])
def test_where_nothing_can_be_written_is_told_before_the_work(
    folders: tuple[Path, Path], tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "nowhere"

    assert run_main(["try", "no such folder", str(folders[1]), option, str(nowhere / "x")]) == 3

    assert f"{nowhere} is no folder" in capsys.readouterr().err


def test_too_few_good_photos_are_refused_in_words(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(["try", str(folders[1]), str(folders[0]), "--threads", "1"]) == 1

    said = capsys.readouterr().err
    assert f"2 photos of good parts that can be used; {LEAST_GOOD} are needed" in said
    assert "Take 50 and more" in said
