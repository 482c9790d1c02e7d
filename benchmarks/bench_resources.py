# SPDX-License-Identifier: AGPL-3.0-or-later
"""How soon a station is Ready, and how much memory it takes: `python -m benchmarks.bench_resources` (Linux).

Start to Ready: from the start of `inspector run` until nothing but the shift is missing; median of five starts.
Memory: the largest sum over all processes of the station of their PSS (shared pages counted once), with one camera of
5 million pixels (2592 x 1944 Mono8) at 120 parts per minute.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import data_samples
from tests.rig import StationRig

STARTS = 5
READY_TARGET_S = 3.0
PSS_TARGET_MB = 700.0
SENSOR = (2592, 1944)
PICTURES = 6
RATE_PPM = 120
SECONDS = 30.0


def start_to_ready(rig: StationRig) -> float:
    """Start the station, wait until only the shift is missing, stop it; seconds."""
    begin = time.perf_counter()
    rig.start()
    with rig.control() as control:
        while True:
            status = control.request("status")
            if {reason["code"] for reason in status["reasons"]} == {"NO_SHIFT"}:
                break
            time.sleep(0.02)
    seconds = time.perf_counter() - begin
    rig.stop()
    return seconds


def starts(folder: Path) -> dict[str, Any]:
    """The first start, which prepares the simulated plant's pictures, and those after it."""
    rig = StationRig(folder / "starts")
    first = start_to_ready(rig)
    later = [start_to_ready(rig) for _ in range(STARTS)]
    return {"first_s": first, "median_s": statistics.median(later), "max_s": max(later), "target_s": READY_TARGET_S}


def make_pictures(folder: Path) -> Path:
    """The sample parts as a camera of 5 million pixels would see them."""
    folder.mkdir()
    noise = np.random.default_rng(1)
    for picture in sorted(data_samples.images_dir().glob("*.jpg"))[:PICTURES]:
        pixels = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
        large = cv2.resize(pixels, SENSOR, interpolation=cv2.INTER_CUBIC).astype(np.int16)
        large += noise.normal(0.0, 3.0, large.shape).astype(np.int16)  # a sensor's; without it the picture is blurred
        cv2.imwrite(str(folder / f"{picture.stem}.pgm"), np.clip(large, 0, 255).astype(np.uint8))
    return folder


def pss_mb(rig: StationRig) -> dict[str, float]:
    """PSS of each process of the station, by its role."""
    table = json.loads((rig.directory / "run" / "processes.json").read_bytes())
    roles = {int(entry["pid"]): role for role, entry in table.items()}
    return {
        roles.get(process.pid, "supervisor"): process.memory_full_info().pss / 1e6
        for process in rig.family()
        if process.is_running()
    }


def memory(folder: Path) -> dict[str, Any]:
    """Memory while parts are inspected."""
    rig = StationRig(folder / "memory", rate_ppm=RATE_PPM, feed="always")
    settings = rig.directory / "station.toml"
    settings.write_text(
        "".join(
            f"images = {json.dumps(str(make_pictures(folder / 'pictures')))}\n" if line.startswith("images") else line
            for line in settings.read_text().splitlines(keepends=True)
        )
        + "\n[line]\ndecide_by_ms = 790\n"
    )
    samples: list[dict[str, float]] = []
    with rig:
        rig.open_shift()
        rig.wait_parts(3)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            samples.append(pss_mb(rig))
            time.sleep(1.0)
        counts = rig.status()["counts"]
        latency_us = rig.status()["latency_us"]
    largest = max(samples, key=lambda sample: sum(sample.values()))
    return {
        "pss_mb": sum(largest.values()),
        "target_mb": PSS_TARGET_MB,
        "by_process_mb": largest,
        "parts": {name: count for name, count in counts.items() if count},
        "latency_us": latency_us,
    }


def show(result: dict[str, Any]) -> None:
    """The figures in words."""
    ready, used = result["start"], result["memory"]
    print(
        f"start to Ready     median {ready['median_s']:.2f} s, max {ready['max_s']:.2f} s (target {READY_TARGET_S} s)"
    )
    print(f"  very first start {ready['first_s']:.2f} s: the pictures of the simulated plant are prepared")
    print(f"memory             {used['pss_mb']:.0f} MB PSS over all processes (target {PSS_TARGET_MB:.0f} MB)")
    for role, size_mb in sorted(used["by_process_mb"].items(), key=lambda item: -item[1]):
        print(f"  {role:16s} {size_mb:6.1f} MB")
    print(f"  parts while measuring: {used['parts']}")


def main() -> int:
    """Measure and show; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        result = {"start": starts(Path(name)), "memory": memory(Path(name))}
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    met = result["start"]["median_s"] <= READY_TARGET_S and result["memory"]["pss_mb"] <= PSS_TARGET_MB
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
