# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the whole station adds to the bare runtime: from the edge of the sensor to the committed record.

    python -m benchmarks.bench_station --weights training/weights/disc-yolo26n.pt

Needs the `training` extra. A real station runs (plant, line, camera through harvesters, station, api, anchor), frames
and network input are 640 x 640. In each round the station judges for some seconds; then its shift is closed, while the
plant goes on and the camera goes on delivering, and two others judge the same frames in processes of their own: bare
OpenVINO f32 with letterbox, as its tutorials use it and without any code of ours, and ultralytics predict(). Figures
are medians of the rounds, ratios medians of the rounds' ratios.

For latency all get their frames at the pace of the line, 300 per minute: a processor that was idle before takes longer
for one frame than in a loop. For throughput all work without a pause.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import data_samples
from benchmarks.bench_detector import TURN, Contender, prepare
from tests.rig import StationRig

IMGSZ = 640
SECONDS = 6.0
SLOW = {"rate_ppm": 300, "feed": "always"}
SLOW_PAUSE_S = 0.17
"""Between two frames of a contender, which then takes the rest of the line's 200 ms."""
FAST = {"feed": "always", "decide_at_ms": 2_100, "confirm_at_ms": 2_200}
OFFERED = 0.85
"""Parts offered for throughput, of what the bare runtime does while nothing else runs: more than it can do beside
plant and camera."""


def make_rig(directory: Path, package: Path, threads: int, plant: dict[str, Any], *, patient: bool) -> StationRig:
    """A station with this model; the camera exposes for 1 ms, which is part of what is measured.

    Args:
        directory: Where to make it.
        package: Model package.
        threads: Inference threads, the same as the contenders have.
        plant: Settings of the plant.
        patient: Give every part two seconds, so that what is counted is throughput and nothing is LATE.
    """
    rig = StationRig(directory, model=package, **plant)
    settings = directory / "station.toml"
    text = settings.read_text()
    text = text.replace("[detector]\n", f"[detector]\nthreads = {threads}\n")
    text = text.replace('name = "cam1"\n', 'name = "cam1"\npairing_window_ms = 8\n')
    if patient:
        text += "\n[line]\ndecide_by_ms = 2000\nconfirm_by_ms = 3000\n"
    settings.write_text(text)
    return rig


def station_round(rig: StationRig) -> dict[str, Any]:
    """Judge for some seconds: quantiles of edge to commit, milliseconds, and parts judged per second."""
    rig.open_shift()
    first = len(rig.all_records())
    time.sleep(SECONDS)
    records = [r for r in rig.all_records()[first:] if r["type"] == "part"]
    status = rig.status()
    rig.close_shift()
    judged = [record for record in records if seen_by_model(record)]
    latency = {name: value / 1000 for name, value in status["latency_us"].items()}
    seconds = (judged[-1]["t_us"] - judged[0]["t_us"]) / 1e6
    return {**latency, "per_s": (len(judged) - 1) / seconds, "records": judged}


def seen_by_model(record: dict[str, Any]) -> bool:
    """Whether the model has judged this part, whatever came of it; not when the picture was unfit or missing."""
    return any(view["gate"] and not view["gate"]["failed"] for view in record["views"])


def contender_round(contender: Contender, pause_s: float = 0.0) -> dict[str, Any]:
    """All sample frames once: median and frames per second of work."""
    times: list[float] = []
    verdicts: list[str | None] = []
    for first in range(0, len(data_samples.labels()), TURN):
        answer = contender.turn(first, pause_s)
        times += answer["ms"]
        verdicts += answer["verdicts"]
    return {"p50": statistics.median(times), "per_s": 1000 * len(times) / sum(times), "verdicts": verdicts}


def rounds_of(
    rig: StationRig, folder: Path, threads: int, rounds: int, pause_s: float
) -> dict[str, list[dict[str, Any]]]:
    """Interleaved rounds of station, bare runtime and ultralytics."""
    contenders = {name: Contender(name, folder, IMGSZ, threads) for name in ("plain", "ultralytics")}
    results: dict[str, list[dict[str, Any]]] = {"station": [], "plain": [], "ultralytics": []}
    for _ in range(rounds):
        results["station"].append(station_round(rig))
        for name, contender in contenders.items():
            results[name].append(contender_round(contender, pause_s))
    for contender in contenders.values():
        contender.close()
    return results


def alone(folder: Path, threads: int) -> float:
    """Frames per second of the bare runtime while nothing else runs."""
    contender = Contender("plain", folder, IMGSZ, threads)
    rate: float = contender_round(contender)["per_s"]
    contender.close()
    return rate


def median_ratio(results: dict[str, list[dict[str, Any]]], above: str, below: str, figure: str) -> float:
    """Median over the rounds of one figure's ratio."""
    pairs = zip(results[above], results[below], strict=True)
    return statistics.median(a[figure] / b[figure] for a, b in pairs)


def equal_verdicts(rig: StationRig, results: dict[str, list[dict[str, Any]]]) -> tuple[int, int]:
    """On how many judged parts station and ultralytics agree."""
    files = [label.file for label in data_samples.labels()]
    theirs = dict(zip(files, results["ultralytics"][0]["verdicts"], strict=True))
    images = {part.plc_count: part.image for part in rig.truth()}
    parts = [record for one in results["station"] for record in one["records"]]
    agreed = sum(1 for part in parts if theirs.get(images.get(part["plc_count"], "")) == part["verdict"])
    return agreed, len(parts)


def measure(folder: Path, threads: int, rounds: int) -> dict[str, Any]:
    """Latency at a moderate rate, then throughput at a rate just above what the runtime can do."""
    package = folder / f"package-{IMGSZ}"
    with make_rig(folder / "slow", package, threads, SLOW, patient=False) as rig:
        slow = rounds_of(rig, folder, threads, rounds, SLOW_PAUSE_S)
        agreed, parts = equal_verdicts(rig, slow)
    plant = {**FAST, "rate_ppm": round(60 * OFFERED * alone(folder, threads))}
    with make_rig(folder / "fast", package, threads, plant, patient=True) as rig:
        fast = rounds_of(rig, folder, threads, rounds, 0.0)

    def middle(results: dict[str, list[dict[str, Any]]], name: str, figure: str) -> float:
        return round(statistics.median(one[figure] for one in results[name]), 2)

    return {
        "trigger_to_commit_ms": {figure: middle(slow, "station", figure) for figure in ("p50", "p99", "max")},
        "bare_ms": middle(slow, "plain", "p50"),
        "ultralytics_ms": middle(slow, "ultralytics", "p50"),
        "trigger_to_commit_to_bare": round(median_ratio(slow, "station", "plain", "p50"), 3),
        "ultralytics_to_trigger_to_commit": round(median_ratio(slow, "ultralytics", "station", "p50"), 2),
        "offered_per_s": round(plant["rate_ppm"] / 60, 2),
        "sustained_per_s": middle(fast, "station", "per_s"),
        "bare_per_s": middle(fast, "plain", "per_s"),
        "sustained_to_bare": round(median_ratio(fast, "station", "plain", "per_s"), 3),
        "equal_verdicts": agreed,
        "parts": parts,
    }


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("training/weights/disc-yolo26n.pt"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as place:
        prepare(options.weights, Path(place), [IMGSZ])
        result = measure(Path(place), options.threads, options.rounds)
    if options.json:
        print(json.dumps(result, indent=2))
        return 0
    latency = result["trigger_to_commit_ms"]
    print(f"frames and input 640 x 640, {options.threads} threads, median of {options.rounds} interleaved rounds")
    print(f"  trigger to commit p50 {latency['p50']:.1f}, p99 {latency['p99']:.1f}, max {latency['max']:.1f} ms")
    print(f"  bare OpenVINO f32 with letterbox {result['bare_ms']:.1f} ms: ratio {result['trigger_to_commit_to_bare']}")
    print(f"  ultralytics predict() {result['ultralytics_ms']:.1f} ms: {result['ultralytics_to_trigger_to_commit']} x")
    print(f"  sustained {result['sustained_per_s']:.1f} of {result['bare_per_s']:.1f} parts/s: ", end="")
    print(f"{result['sustained_to_bare']} ({result['offered_per_s']:.1f} offered)")
    print(f"  equal verdicts on {result['equal_verdicts']} of {result['parts']} parts")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
