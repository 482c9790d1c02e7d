# SPDX-License-Identifier: AGPL-3.0-or-later
"""How well bad discs are told from good ones, by the command itself; the figures are in docs/decisions/0060."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from inspector.cli import main as run_main
from training.anomaly.rank import auroc
from training.synth import render_part
from training.synth.scene import CLASS_NAMES

FLOOR = 0.9
"""Measured with 60 of each: 0.98 to 0.99."""


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [901, 904])
def test_bad_discs_come_behind_good_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str], seed: int) -> None:
    good, new = tmp_path / "good", tmp_path / "new"
    good.mkdir()
    new.mkdir()
    for index in range(40):
        cv2.imwrite(str(good / f"{index}.png"), render_part(seed, index, good=True).image)
    for index in range(24):
        cv2.imwrite(str(new / f"fine-{index}.png"), render_part(seed, 1000 + index, good=True).image)
        bad = render_part(seed, 2000 + index, only=CLASS_NAMES[index % len(CLASS_NAMES)])
        cv2.imwrite(str(new / f"bad-{index}.png"), bad.image)

    assert run_main(["try", str(good), str(new), "--json"]) == 0

    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    scores = {what: [one["score"] for one in found["new"] if one["file"].startswith(what)] for what in ("fine", "bad")}
    assert [len(values) for values in scores.values()] == [24, 24]
    assert auroc(scores["fine"], scores["bad"]).value >= FLOOR
    assert found["self_check"]["usable"]
    assert all(one["file"].startswith("bad") for one in found["new"][:8])
