# SPDX-License-Identifier: AGPL-3.0-or-later
"""A training from its beginning or from where it was killed, to the weights."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from inspector.durable import writing_durable
from inspector.errors import ConfigError, TrainingFailed
from training.train import runfile
from training.train.choose import Chosen
from training.train.extra import Device, chatter_in, find_device, load_ultralytics, require_extra, versions
from training.train.failures import KINDS, explain
from training.train.keeper import BEST, LAST, Keeper
from training.train.prepare import Dataset, Source, examine_source, lay_out, room_for
from training.train.runfile import Run
from training.train.spec import TrainSpec, arguments

Say = Callable[[str], None]
Progress = Callable[[str, int, int], None]
LOG = "trainer.log"
WORK = ".training"
"""Folder below `out` for what only a run that is not finished needs; goes with its end."""


@dataclass(frozen=True)
class TrainResult:
    """What came out: the half-precision checkpoint, its SHA-256, and `run.json`."""

    weights: Path
    sha256: str
    run: Run

    def as_json(self) -> dict[str, object]:
        """As plain JSON values: figures are those of the epoch that the weights are from."""
        epochs = self.run.epochs
        best = epochs[(self.run.best or 1) - 1]
        return {
            "weights": str(self.weights),
            "sha256": self.sha256,
            "data_sha256": self.run.data.sha256,
            "device": self.run.device,
            "epochs": len(epochs),
            "best_epoch": self.run.best,
            "map50": best.map50,
            "map50_95": best.map50_95,
            "precision": best.precision,
            "recall": best.recall,
            "first_loss": epochs[0].loss,
            "last_loss": epochs[-1].loss,
            "minutes": round(self.run.spent_s / 60, 2),
        }


def train(
    spec: TrainSpec, *, resume: bool = False, say: Say = lambda text: None, progress: Progress = lambda *_: None
) -> TrainResult:
    """Train, and leave the best checkpoint (half precision, without optimizer) as `out/weights.pt`.

    Args:
        spec: The run; of a run that is resumed its settings are those of `run.json`.
        resume: Go on with a run that was killed, behind its last finished epoch.
        say: Receives lines for people.
        progress: Receives stage, how much of it is done, and of how much.

    Raises:
        ConfigError: The extra, data or base weights are missing, or there is another run, or none, in `out`.
        DatasetRefused: The dataset is not fit for training.
        TrainingFailed: Memory or disk is full, or nothing was learned.
    """
    require_extra()
    began = time.monotonic()
    old = _old_run(spec, resume=resume)
    if spec.base is not None and not spec.base.is_file():
        raise ConfigError(f"There is no file {spec.base} with weights to start from", "Check --base")
    source = examine_source(spec.data, progress)
    base = None if spec.base is None else hashlib.sha256(spec.base.read_bytes()).hexdigest()
    if old is not None:
        _require_same(old, source, base, spec)
    for words in source.warnings if isinstance(source, Dataset) else ():
        say(f"warning: {words} (inspector dataset check)")
    try:
        (spec.out / WORK).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{spec.out} cannot be made: {error.strerror}", "Choose another --out") from error
    with _alone(spec.out):
        return _train_alone(spec, old, source, base, began, say, progress)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    lock = FileLock(out / WORK / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConfigError(f"Another command is training in {out}", "Wait until it has ended") from error
    try:
        yield
    finally:
        lock.release()


def _train_alone(
    spec: TrainSpec,
    old: Run | None,
    source: Source,
    base: str | None,
    began: float,
    say: Say,
    progress: Progress,
) -> TrainResult:
    log = spec.out / LOG
    # ultralytics talks on standard output, also while it is imported; ours belongs to the result.
    with contextlib.redirect_stdout(sys.stderr):
        ultralytics = load_ultralytics(spec.out / ".ultralytics", spec.threads)
        device = find_device(spec.device)
        say(f"Training on {device.words}")
        try:
            room = room_for(spec.settings, spec.base)
            path, data, chosen = lay_out(source, spec.settings, spec.out / WORK / "data", room, progress)
            _tell(chosen, say)
            if old is not None and not old.device.endswith(device.words):
                old = old.model_copy(update={"device": f"{old.device}; then {device.words}"[:500]})
            run = old or Run(
                state="running",
                data=data,
                base_sha256=base,
                settings=spec.settings,
                device=device.words[:500],
                versions=versions(),
                planned=spec.settings.epochs,
            )
            with chatter_in(log):
                run = _train(ultralytics, spec, run, device, path, source, began, progress)
                return _finish(spec, run)
        except KeyboardInterrupt:
            if (spec.out / runfile.NAME).exists():
                say("ended; the same command with --resume goes on behind the last finished epoch")
            raise
        except KINDS as error:
            raise explain(error, spec.settings, device.name, log) from error


def _old_run(spec: TrainSpec, *, resume: bool) -> Run | None:
    if not resume:
        if any((spec.out / name).exists() for name in (runfile.NAME, "weights.pt")):
            raise ConfigError(
                f"There is a training in {spec.out} already", "Choose a new folder, or go on with it: --resume"
            )
        return None
    run = runfile.read(spec.out)
    if run.state == "finished":
        raise ConfigError(f"The training in {spec.out} is finished", "Nothing to resume; train into a new folder")
    return run


def _require_same(old: Run, source: Source, base: str | None, spec: TrainSpec) -> None:
    """A run goes on with what it began with: figures of a mixture would say nothing."""
    advice = "Go on with what it began with, or train into a new folder"
    if old.data.sha256 != source.sha256:
        raise ConfigError(
            f"{spec.data} ({source.sha256[:12]}) is not what this training began with ({old.data.sha256[:12]})", advice
        )
    if base is not None and old.base_sha256 != base:
        raise ConfigError(f"{spec.base} is not what this training began with", advice)
    if old.settings != spec.settings:
        raise ConfigError("These are not the settings that this training began with", advice)
    if old.versions != versions():
        told = ", ".join(f"{name} {version}" for name, version in sorted(old.versions.items()))
        raise ConfigError(f"This training began with {told}; others are installed now", advice)


def _tell(chosen: Chosen | None, say: Say) -> None:
    """What is trained on, for people."""
    if chosen is None:
        return
    bad = len(chosen.train) - chosen.good_taken
    tiles = " (tiles)" if any(not view.whole for view in chosen.train) else ""
    say(
        f"{bad} pictures with defects{tiles}, {chosen.good_taken} of {chosen.good_there} without any, "
        f"{len(chosen.val)} for validation"
    )
    more = sum(chosen.showings) - len(chosen.train)
    if more:
        rare = sum(times > 1 for times in chosen.showings)
        say(f"rare classes: {rare} pictures are shown {more} times more an epoch")
    if not chosen.good_taken:
        say("warning: no good part is among them; a model that never saw one rejects many (--good-share)")
    if chosen.unlabelled:
        say(f"warning: {chosen.unlabelled} pictures have no labels yet and were left out")
    if chosen.without_val:
        say(f"warning: nothing checks {', '.join(chosen.without_val)}: no box of it is in the validation")


def _train(
    ultralytics: Any,
    spec: TrainSpec,
    run: Run,
    device: Device,
    data: Path,
    source: Source,
    began: float,
    progress: Progress,
) -> Run:
    """Train what is left of the run; returns what `run.json` says then."""
    grey = isinstance(source, Dataset) and all(image.channels == 1 for image in source.manifest.images)
    wanted = arguments(spec, data, spec.out / WORK, grey=grey, device=device.name, half=device.half)
    wanted["epochs"] = run.planned
    if run.epochs:
        if len(run.epochs) >= run.planned:
            return run  # killed behind the last epoch
        model = ultralytics.YOLO(str(_restore(spec, wanted)))
        wanted["resume"] = str(spec.out / WORK / "run" / "weights" / "last.pt")
    else:
        shutil.rmtree(spec.out / WORK / "run", ignore_errors=True)
        model = ultralytics.YOLO(str(spec.base) if spec.base else f"yolo26{spec.settings.size}.yaml")
        if model.task != "detect":
            raise ConfigError(f"{spec.base} is no detector but for {model.task}", "Take weights of a detector")
    Keeper(spec.out, spec.out / WORK, run, began, None if device.several else progress, several=device.several).attach(
        model
    )
    model.train(**wanted)
    return runfile.read(spec.out)


def _restore(spec: TrainSpec, wanted: dict[str, object]) -> Path:
    """Put the kept state where the trainer resumes from, with the places and the plan of now."""
    import torch

    weights = spec.out / WORK / "run" / "weights"
    weights.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(spec.out / WORK / BEST, weights / "best.pt")
    content = torch.load(spec.out / WORK / LAST, map_location="cpu", weights_only=False)  # written by this program
    content["train_args"] |= {**wanted, "save_dir": str(spec.out / WORK / "run")}
    torch.save(content, weights / "last.pt")
    return weights / "last.pt"


def _finish(spec: TrainSpec, run: Run) -> TrainResult:
    """Publish the best weights and close `run.json`; what only a resumed run needs goes."""
    from ultralytics.utils.torch_utils import strip_optimizer

    if not run.epochs:
        raise TrainingFailed("The training gave no usable weights", f"Its own words are in {spec.out / LOG}")
    stripped = spec.out / WORK / "best.pt"
    shutil.copyfile(spec.out / WORK / BEST, stripped)
    strip_optimizer(stripped)
    weights = spec.out / "weights.pt"
    _publish(stripped, weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    finished = run.model_copy(update={"state": "finished", "weights_sha256": digest})
    runfile.write(spec.out, finished)
    shutil.rmtree(spec.out / WORK, ignore_errors=True)
    return TrainResult(weights, digest, finished)


def _publish(checkpoint: Path, weights: Path) -> None:
    """Copy a checkpoint without the paths of this machine, which the trainer notes in it."""
    import torch

    content = torch.load(checkpoint, map_location="cpu", weights_only=False)  # written by this very process
    for notes in (content["train_args"], content["model"].args, vars(content["model"])):
        for key in ("data", "project", "save_dir", "model", "pretrained", "pt_path", "resume"):
            if isinstance(notes.get(key), str):
                notes[key] = Path(notes[key]).name
    content["git"] = None
    with writing_durable(weights) as stream:
        torch.save(content, stream)
