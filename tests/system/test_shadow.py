# SPDX-License-Identifier: AGPL-3.0-or-later
"""A candidate beside a real station that is killed, changes its shift, and knows nothing of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

import data_samples
from inspector.priority import NICE
from tests.rig import StationRig, until
from training.shadow.result import read_shadow

COUNTS = ("both_pass", "both_reject", "only_released_rejects", "only_candidate_rejects")


def shadow(rig: StationRig, recipe: Path, *words: object) -> subprocess.Popen[bytes]:
    """`inspector release shadow` as a process of its own."""
    where = ("--station", rig.directory, "--model", data_samples.model_dir(), "--recipe", recipe, "--json")
    command = [sys.executable, "-m", "inspector.cli", "release", "shadow", *where, *words]
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def outcome(process: subprocess.Popen[bytes], expected: int = 4) -> dict[str, Any]:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == expected, said
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_shadow_run_goes_along_with_a_station(tmp_path: Path) -> None:
    recipe, file, page = tmp_path / "candidate.toml", tmp_path / "shadow.json", tmp_path / "gallery.html"
    text = data_samples.recipe_file().read_text()
    recipe.write_text(text.replace("min_score = 0.40", "min_score = 0.85").replace("grey_from = 0.25", ""))
    with StationRig(tmp_path / "station", feed="always", rate_ppm=240) as rig:
        rig.open_shift()
        rig.wait_parts(5)
        process = shadow(rig, recipe, "--follow", "--output", file, "--html", page)
        other = shadow(rig, recipe, "--follow", "--last", 5)
        until(lambda: psutil.Process(process.pid).nice() >= NICE, "at low priority")

        def more(parts: int) -> None:
            rig.wait_parts(sum(1 for part in rig.truth() if part.lane) + parts)

        more(40)
        other.kill()  # whoever reads may die as well
        other.communicate()
        rig.kill("station")
        rig.wait_ready()
        more(20)
        rig.close_shift()
        rig.open_shift()
        more(20)
        rig.stop_belt()
        rig.wait_line_quiet()
        process.send_signal(signal.SIGINT)
        found = outcome(process)
        again = outcome(shadow(rig, recipe, "--shifts", "1..2"))
        whole = [part for part in rig.records("part") if part["purpose"] == "production"]
        rig.close_shift()
        rig.wait_anchored()
        rig.stop()
        rig.check_promises()
    assert (found["ended"], found["follow"], found["station"]) == ("interrupted", True, "rig")
    assert found["parts"] >= 60
    assert set(found["not_comparable"]) <= {"no-picture", "not-judged", "lost"}, "parts of the kill"
    assert sum(found[name] for name in COUNTS) == found["compared"]
    last = found["last_record"]
    seen = [part for part in whole if found["first_record"] <= part["seq"] <= last]
    assert len(seen) - found["behind"] <= found["parts"] <= len(seen)
    differing = {one["record"] for one in found["differences"]}
    stored = {one["record"] for one in again["differences"] if found["first_record"] <= one["record"] <= last}
    assert differing <= stored
    assert len(stored - differing) <= found["behind"]
    assert differing, "dents, stains and holes that the limits of the candidate let through"
    assert read_shadow(file).model_dump(mode="json") == found
    assert page.read_bytes().count(b"<figure>") == min(200, len(differing))
