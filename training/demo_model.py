# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make demo-model`: the demonstration's model package from the shipped weights, and its report for the documents.

The package comes out byte for byte as shipped where exporter and runtime are the pinned versions; where it does not,
that is said and the documents stay as they are. `--from nothing` renders, trains and exports anew, into the work folder
only: other weights are another model, whose figures belong to nobody else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import data_samples
from inspector.cli.output import Output
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.durable import write_durable
from inspector.recipe import Recipe
from inspector.station.judge import Judge
from training.demo_report import Document, as_bytes, as_markdown, document_of, draw_errors
from training.evaluation.measure import measure
from training.evaluation.pictures import LabelledPicture, Source, synthetic
from training.evaluation.report import report_on
from training.threads import add_threads

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "training" / "weights" / "disc-yolo26n.pt"
OF_EXPORT = ("weights_sha256", "storage")
SCORE, IOU, EDGE_PX = 0.05, 0.6, 320
DIFFERS = 1


def main(words: list[str] | None = None) -> int:
    """Rebuild, measure, write. Returns 1 if the package is not the shipped one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", choices=("weights", "nothing"), default="weights")
    parser.add_argument(
        "--parts", type=int, default=3000, help="good and bad parts each, that it is measured on (3000)"
    )
    parser.add_argument("--seed", type=int, default=3, help="their batch, which nothing was chosen on (3)")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "demo-model", help="folder for what is made")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of the report (docs)")
    add_threads(parser)
    parser.add_argument("--train-parts", type=int, default=3000, help="with --from nothing: parts to train on (3000)")
    parser.add_argument("--epochs", type=int, default=12, help="with --from nothing: passes over them (12)")
    args = parser.parse_args(words)
    output = Output(as_json=False)
    shutil.rmtree(args.work, ignore_errors=True)
    args.work.mkdir(parents=True)
    if args.source == "nothing":
        package = from_nothing(args.work, args.train_parts, args.epochs, output)
    else:
        package = from_weights(args.work / "model")
    shipped = ModelPackage.load(data_samples.model_dir())
    same = package.digest == shipped.digest
    output.say(f"The package is {package.digest}, {'as shipped' if same else f'not the shipped {shipped.digest}'}.")
    document = measured(package, args.parts, args.seed, args.threads, output)
    target = args.docs if same else args.work
    write_report(document, target)
    output.say(f"{target / 'demo-model.md'}: the report")
    return 0 if same or args.source == "nothing" else DIFFERS


def from_weights(out: Path) -> ModelPackage:
    """Export the shipped weights, with what the shipped package says of their origin.

    Raises:
        InspectorError: The training extra is missing, or `out` holds a package.
    """
    from training.export.package import ExportSpec, export

    shipped = ModelPackage.load(data_samples.model_dir()).manifest
    provenance = {name: value for name, value in shipped.provenance.items() if name not in OF_EXPORT}
    return export(
        ExportSpec(
            weights=WEIGHTS,
            out=out,
            name=shipped.name,
            version=shipped.version,
            imgsz=EDGE_PX,
            score=SCORE,
            iou=IOU,
            half_storage=True,
            end_to_end=False,
            provenance=provenance,
        )
    )


def from_nothing(work: Path, parts: int, epochs: int, output: Output) -> ModelPackage:
    """Render parts, train from random weights and export, by the commands as they are typed.

    Raises:
        CalledProcessError: One of them failed; it has said why.
    """
    trained = ("--epochs", epochs, "--imgsz", EDGE_PX, "--flips", "both")
    named = ("--name", "disc", "--half-storage", "--score", SCORE, "--dataset-manifest", "disc/manifest.json")
    validation = max(2, parts // 10)
    rendered = ("--seed", 1, "--good-share", 0.25, "--size", EDGE_PX)
    for words in (
        ("synth", "--out", "disc", "--parts", parts, "--val", validation, *rendered),
        ("train", "--data", "disc/data.yaml", "--out", "run", *trained),
        ("export-model", "run/weights.pt", "--out", "model", *named),
    ):
        typed = [str(word) for word in words]
        output.say(f"$ inspector {' '.join(typed)}")
        program = [sys.executable, "-P", "-c", "import sys; from inspector.cli.main import main; sys.exit(main())"]
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
        subprocess.run([*program, *typed], cwd=work, env=environment, check=True)  # noqa: S603 - our own command
    return ModelPackage.load(work / "model")


def measured(package: ModelPackage, parts: int, seed: int, threads: int, output: Output) -> Document:
    """Judge so many good and bad parts of a batch with the demonstration's recipe, as the station would.

    Raises:
        InspectorError: Package and recipe do not fit.
    """
    recipe = Recipe.load(data_samples.recipe_file())
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    detector = Detector(package, threads=threads)
    detector.warm_up()
    with output.progress() as progress:
        source = synthetic(parts, seed)
        task = progress.add_task("Judging", total=source.total, note="")
        seen = measure(Judge(detector, recipe), recipe, _told(source, lambda: progress.advance(task)))
    return document_of(package, recipe, report_on(seen, package.classes), seed)


def _told(source: Source, done: Callable[[], None]) -> Iterator[LabelledPicture]:
    for picture in source:
        yield picture
        done()


def write_report(document: Document, folder: Path) -> None:
    """Write `demo-model.json`, the page made of it, and the picture of the errors."""
    (folder / "images").mkdir(exist_ok=True)
    write_durable(folder / "demo-model.json", as_bytes(document))
    write_durable(folder / "images" / "demo-model-errors.jpg", draw_errors(document))
    write_durable(folder / "demo-model.md", as_markdown(document).encode("utf-8"))


if __name__ == "__main__":
    raise SystemExit(main())
