# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the detector costs beside the bare runtime and beside ultralytics predict(), in f32 and int8, by either runtime.

    python -m benchmarks.bench_detector --weights training/weights/disc-yolo26n.pt

Needs the `training` extra. Each contender lives in its own process, so that no thread pool disturbs another, and
they take turns of a few frames, so that what else the machine does meets all of them alike. In each round every
one judges all sample frames once; a figure is the median of the rounds' medians, a ratio the median of the rounds'
ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import data_samples
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend
from inspector.part import Detection, GateResult, ImageArray, Verdict
from inspector.recipe import Recipe, judge

SCORE, IOU = 0.10, 0.60
CONTENDERS = {
    "station": "inspector: letterbox, OpenVINO f32, decoding, rules",
    "bare": "OpenVINO f32 with letterbox, pixels fused into the graph, nothing after it",
    "plain": "OpenVINO f32 with letterbox and blobFromImage, nothing after it",
    "onnxruntime": "inspector, with ONNX Runtime f32",
    "int8": "inspector, with OpenVINO int8",
    "int8-onnxruntime": "inspector, with ONNX Runtime int8",
    "ultralytics": "ultralytics predict() on the .pt, as shipped (one thread fewer than cores), and the same rules",
    "ultralytics-threads": "ultralytics predict() with every thread, and the same rules",
}
OURS = ("station", "onnxruntime", "int8", "int8-onnxruntime")
CALIBRATION_PARTS = 64  # rendered, half of them good; none of them is a sample frame
CALIBRATION_SEED = 900
TURN = 4  # frames that a contender judges before the next one has its turn
GATE = GateResult(brightness_milli=0, sharpness_milli=0)

Judge = Callable[[ImageArray], Verdict | None]


def frames() -> list[ImageArray]:
    """The sample frames, `(h, w) uint8`."""
    paths = [data_samples.images_dir() / label.file for label in data_samples.labels()]
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8) for path in paths]


def verdict_of(detections: tuple[Detection, ...], recipe: Recipe, image: ImageArray) -> Verdict:
    """The rules, on a frame that is taken to be fit for judging."""
    return judge(detections, GATE, recipe, (image.shape[1], image.shape[0])).verdict


def station(package: Path, threads: int, backend: Backend = "openvino") -> Judge:
    """The product's own path from frame to verdict."""
    from inspector.detect.detector import Detector

    detector = Detector(ModelPackage.load(package), backend, threads=threads)
    recipe = Recipe.load(data_samples.recipe_file())
    return lambda image: verdict_of(detector.infer(image), recipe, image)


def bare(package: Path, threads: int) -> Judge:
    """As little as OpenVINO allows: the letterbox into its input buffer, and one call."""
    from inspector.detect.letterbox import Letterbox
    from inspector.detect.session import open_session

    session = open_session(ModelPackage.load(package), "openvino", threads)
    letterbox = Letterbox(session.canvas, 114)

    def run(image: ImageArray) -> None:
        letterbox.place(image)
        session.run()

    return run


def plain(package: Path, threads: int) -> Judge:
    """OpenVINO as its tutorials use it, in f32."""
    import openvino as ov  # type: ignore[import-untyped]

    size = ModelPackage.load(package).manifest.input
    compiled = ov.Core().compile_model(
        package / "model.onnx",
        "CPU",
        {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": str(threads),
        },
    )

    def run(image: ImageArray) -> None:
        ratio = min(size.height / image.shape[0], size.width / image.shape[1])
        width, height = round(image.shape[1] * ratio), round(image.shape[0] * ratio)
        left, top = (size.width - width) // 2, (size.height - height) // 2
        small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), (width, height))
        boxed = cv2.copyMakeBorder(
            small,
            top,
            size.height - height - top,
            left,
            size.width - width - left,
            cv2.BORDER_CONSTANT,
            value=(114, 114, 114),
        )
        compiled(cv2.dnn.blobFromImage(boxed, 1 / 255, swapRB=True))

    return run


def ultralytics(weights: Path, imgsz: int, threads: int | None) -> Judge:
    """predict() with its own defaults for padding and the like; threads are its own, too, unless they are said."""
    from training.train.extra import isolate

    isolate(weights.parent / ".ultralytics")
    import ultralytics.utils.torch_utils as torch_utils
    from ultralytics import YOLO

    if threads is not None:
        torch_utils.NUM_THREADS = threads

    model: Any = YOLO(str(weights))
    recipe = Recipe.load(data_samples.recipe_file())

    def run(image: ImageArray) -> Verdict:
        colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)  # it takes three channels only
        result = model.predict(colour, imgsz=imgsz, conf=SCORE, iou=IOU, device="cpu", verbose=False)[0]
        found = tuple(
            Detection(
                result.names[int(row[5])],
                round(1e6 * row[4]),
                tuple(round(16 * value) for value in row[:4]),  # type: ignore[arg-type]
            )
            for row in result.boxes.data.tolist()
        )
        return verdict_of(found, recipe, image)

    return run


def make(name: str, folder: Path, imgsz: int, threads: int) -> Judge:
    """A contender, loaded."""
    package, int8 = folder / f"package-{imgsz}", folder / f"int8-{imgsz}"
    makers: dict[str, Callable[[], Judge]] = {
        "station": lambda: station(package, threads),
        "bare": lambda: bare(package, threads),
        "plain": lambda: plain(package, threads),
        "onnxruntime": lambda: station(package, threads, "onnxruntime"),
        "int8": lambda: station(int8, threads),
        "int8-onnxruntime": lambda: station(int8, threads, "onnxruntime"),
        "ultralytics": lambda: ultralytics(folder / "model.pt", imgsz, None),
        "ultralytics-threads": lambda: ultralytics(folder / "model.pt", imgsz, threads),
    }
    return makers[name]()


def work(name: str, folder: Path, imgsz: int, threads: int) -> int:
    """A contender's process: one turn for each line on standard input: the first frame's number, seconds between."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    run = make(name, folder, imgsz, threads)
    images = frames()
    for image in images[:5]:
        run(image)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        times, cpu_times, verdicts = [], [], []
        first, pause_s = int(line.split()[0]), float(line.split()[1])
        for image in images[first : first + TURN]:
            time.sleep(pause_s)
            start, cpu_start = time.perf_counter_ns(), time.process_time_ns()
            verdict = run(image)
            times.append((time.perf_counter_ns() - start) / 1e6)
            cpu_times.append((time.process_time_ns() - cpu_start) / 1e6)
            verdicts.append(verdict.value if verdict else None)
        print(json.dumps({"ms": times, "cpu_ms": cpu_times, "verdicts": verdicts}), file=answers, flush=True)
    return 0


class Contender:
    """A contender's process, seen from outside."""

    def __init__(self, name: str, folder: Path, imgsz: int, threads: int) -> None:
        command = [sys.executable, "-m", "benchmarks.bench_detector", "--worker", name, "--folder", str(folder)]
        self._process = subprocess.Popen(
            [*command, "--imgsz", str(imgsz), "--threads", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def turn(self, first: int, pause_s: float = 0.0) -> dict[str, Any]:
        """Judge some frames, with a pause before each: milliseconds and verdict of each."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{first} {pause_s}\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the benchmark process ended: {self._process.args}")
        answer: dict[str, Any] = json.loads(line)
        return answer


def measure(folder: Path, imgsz: int, threads: int, rounds: int) -> dict[str, Any]:
    """Interleaved rounds of all contenders at one input size."""
    contenders = {name: Contender(name, folder, imgsz, threads) for name in CONTENDERS}
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    order = list(contenders)
    for _ in range(rounds):
        for runs in results.values():
            runs.append({"ms": [], "cpu_ms": [], "verdicts": []})
        for first in range(0, len(data_samples.labels()), TURN):
            for name in order:
                for key, values in contenders[name].turn(first).items():
                    results[name][-1][key] += values
            order.append(order.pop(0))  # whoever comes after a heavy neighbour finds cold caches
    for contender in contenders.values():
        contender.close()
    medians = {name: [statistics.median(one["ms"]) for one in runs] for name, runs in results.items()}
    verdicts = {name: runs[0]["verdicts"] for name, runs in results.items()}

    def ratio(above: str, below: str) -> float:
        return statistics.median(a / b for a, b in zip(medians[above], medians[below], strict=True))

    return {
        "median_ms": {name: round(statistics.median(values), 2) for name, values in medians.items()},
        "p99_ms": {
            name: round(float(np.percentile([ms for one in runs for ms in one["ms"]], 99)), 2)
            for name, runs in results.items()
        },
        "cpu_ms": {
            name: round(statistics.median(ms for one in runs for ms in one["cpu_ms"]), 2)
            for name, runs in results.items()
        },
        "station_to_bare": round(ratio("station", "bare"), 3),
        "station_to_plain": round(ratio("station", "plain"), 3),
        "ultralytics_to_station": round(ratio("ultralytics", "station"), 2),
        "every_thread_to": {name: round(ratio("ultralytics-threads", name), 2) for name in OURS},
        "equal_verdicts": {
            name: sum(a == b for a, b in zip(verdicts[name], verdicts["ultralytics"], strict=True)) for name in OURS
        },
        "frames": len(verdicts["station"]),
    }


def prepare(weights: Path, folder: Path, sizes: list[int]) -> None:
    """Export the weights at each input size, in f32."""
    from training.export.package import ExportSpec, export

    (folder / "model.pt").write_bytes(weights.read_bytes())
    for imgsz in sizes:
        export(
            ExportSpec(
                weights=folder / "model.pt",
                out=folder / f"package-{imgsz}",
                name="disc",
                version="bench",
                imgsz=imgsz,
                score=SCORE,
                iou=IOU,
                half_storage=False,
                end_to_end=False,
                provenance={},
            )
        )


def quantise_at(folder: Path, imgsz: int) -> None:
    """The package at an input size in int8, calibrated on rendered parts."""
    from training.export.int8 import Int8Spec, quantise
    from training.synth import render_part

    source = ModelPackage.load(folder / f"package-{imgsz}")
    parts = (render_part(CALIBRATION_SEED, number, good=number % 2 == 0) for number in range(CALIBRATION_PARTS))
    spec = Int8Spec(source, folder / f"int8-{imgsz}", source.name, "bench-int8", "onnx", {})
    quantise(spec, (part.image for part in parts))


def report(results: dict[str, Any]) -> None:
    """Print a table for people."""
    for imgsz, one in results["sizes"].items():
        print(f"\ninput {imgsz} x {imgsz}, frames 640 x 640, per frame: median (p99), processor time:")
        for name, what in CONTENDERS.items():
            wall, worst, cpu = (one[key][name] for key in ("median_ms", "p99_ms", "cpu_ms"))
            print(f"  {wall:8.2f} ms ({worst:7.2f})  {cpu:7.2f} ms  {what}")
        print(f"  {one['station_to_bare']:.2f} x bare, {one['station_to_plain']:.2f} x plain OpenVINO f32")
        print(f"  {one['ultralytics_to_station']:.2f} x faster than ultralytics predict() as shipped")
        for name in OURS:
            faster, equal = one["every_thread_to"][name], one["equal_verdicts"][name]
            print(
                f"  {faster:.2f} x faster than predict() with every thread, {equal} of {one['frames']} verdicts", end=""
            )
            print(f" equal: {CONTENDERS[name]}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("training/weights/disc-yolo26n.pt"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--imgsz", type=int, nargs="+", default=[320, 640], help="input sizes of the network")
    parser.add_argument("--worker", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(options.worker, options.folder, options.imgsz[0], options.threads)
    if not options.weights.is_file():
        parser.error(f"there are no weights {options.weights}; name a trained .pt with --weights")
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as place:
        folder = Path(place)
        prepare(options.weights, folder, options.imgsz)
        for size in options.imgsz:
            quantise_at(folder, size)
        sizes = {str(size): measure(folder, size, options.threads, options.rounds) for size in options.imgsz}
    results = {"threads": options.threads, "rounds": options.rounds, "contenders": CONTENDERS, "sizes": sizes}
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        report(results)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
