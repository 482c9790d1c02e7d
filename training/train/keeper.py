# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keeps what a run has reached after every epoch, tells how far it is, and ends it in time."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inspector.durable import sync_directory
from inspector.errors import TrainingFailed
from training.train import runfile
from training.train.budget import cut_short, epochs_that_fit
from training.train.runfile import Epoch, Run

Progress = Callable[[str, int, int], None]
LAST, BEST = "last.kept.pt", "best.kept.pt"


def copy_durable(source: Path, target: Path) -> None:
    """A copy that is whole or not there, also after a power loss. Raises OSError."""
    beside = target.with_name(f".{target.name}.tmp")
    with source.open("rb") as reader, beside.open("wb") as writer:
        shutil.copyfileobj(reader, writer)
        writer.flush()
        os.fsync(writer.fileno())
    beside.replace(target)
    sync_directory(target.parent)


class Keeper:
    """Called back by the trainer, in its process; of several GPUs by the first one.

    The trainer overwrites its own checkpoint in place, so that a kill may leave half of one: a run is resumed from
    copies that are whole. The order matters: best weights, state, and the file that counts the epoch last.

    Args:
        out: folder of the run, for `run.json`.
        work: folder for the copies.
        run: what `run.json` says.
        began: `time.monotonic()` when this command began.
        progress: receives stage, batches done and batches in all; None: nobody watches.
        several: there are several GPUs, whose processes must not end on their own.
    """

    def __init__(
        self, out: Path, work: Path, run: Run, began: float, progress: Progress | None, *, several: bool
    ) -> None:
        self._out = out
        self._work = work
        self._run = run
        self._began = began
        self._progress = progress
        self._several = several
        self._before_s = run.spent_s
        self._epoch_began = self._trained = began
        self._batch = 0
        self._validation_s = 0.0

    def attach(self, model: Any) -> None:
        """Have the trainer of a `YOLO` call back."""
        model.add_callback("on_pretrain_routine_end", self.on_ready)
        model.add_callback("on_train_epoch_start", self.on_epoch_start)
        model.add_callback("on_train_batch_end", self.on_batch_end)
        model.add_callback("on_train_epoch_end", self.on_epoch_trained)
        model.add_callback("on_model_save", self.on_saved)

    def on_ready(self, trainer: Any) -> None:
        """Before the first epoch."""
        if trainer.device.type == "cpu":
            import torch

            # Channels-last convolutions are about 1.5 times faster on CPUs; the weights are the same numbers.
            trainer.model.to(memory_format=torch.channels_last)

    def on_epoch_start(self, trainer: Any) -> None:
        """An epoch begins."""
        self._epoch_began, self._batch = time.monotonic(), 0
        self._tell(trainer)

    def on_batch_end(self, trainer: Any) -> None:
        """A step is done."""
        self._batch += 1
        limit = self._limit_s()
        if not self._several and cut_short(limit, self._spent_s(), len(self._run.epochs), self._validation_s):
            trainer.stop = True
        self._tell(trainer)

    def on_epoch_trained(self, trainer: Any) -> None:
        """The validation begins."""
        self._trained = time.monotonic()

    def on_saved(self, trainer: Any) -> None:
        """An epoch and its validation are done, and the checkpoint is written."""
        now = time.monotonic()
        self._validation_s = now - self._trained
        figures = trainer.metrics
        loss = float(sum(float(value) for value in trainer.tloss.values()))
        if not math.isfinite(loss):
            raise TrainingFailed(
                "The training went astray: its loss is no number any more",
                f"Train into a new folder with --lr {self._run.settings.lr / 4:g}, or more pictures per step",
            )
        epoch = Epoch(
            loss=loss,
            map50=_share(figures, "mAP50(B)"),
            map50_95=_share(figures, "mAP50-95(B)"),
            precision=_share(figures, "precision(B)"),
            recall=_share(figures, "recall(B)"),
            seconds=now - self._epoch_began,
        )
        epochs = (*self._run.epochs, epoch)
        best = self._run.best
        if best is None or trainer.best_fitness == trainer.fitness:
            copy_durable(trainer.last, self._work / BEST)
            best = len(epochs)
        copy_durable(trainer.last, self._work / LAST)
        planned = len(epochs) if trainer.stop else self._plan(epochs)
        changes = {"epochs": epochs, "best": best, "planned": planned, "spent_s": self._spent_s()}
        self._run = Run.model_validate(self._run.model_copy(update=changes).model_dump())
        runfile.write(self._out, self._run)
        if not self._several:
            trainer.epochs = trainer.args.epochs = planned  # the learning rate falls to its end with the last one
            trainer.stop = trainer.stop or planned <= len(epochs)
        self._tell(trainer)

    def _plan(self, epochs: tuple[Epoch, ...]) -> int:
        if self._several:
            return max(self._run.planned, len(epochs))
        times = [epoch.seconds for epoch in epochs]
        most = self._run.settings.epochs
        return epochs_that_fit(self._limit_s(), self._spent_s(), times, self._validation_s, most)

    def _spent_s(self) -> float:
        return self._before_s + time.monotonic() - self._began

    def _limit_s(self) -> float | None:
        minutes = self._run.settings.minutes
        return None if minutes is None else minutes * 60

    def _tell(self, trainer: Any) -> None:
        if self._progress is None:
            return
        batches = len(trainer.train_loader)
        number = trainer.epoch + 1
        unknown = self._run.settings.minutes is not None and not self._run.epochs
        words = f"epoch {number}" if unknown else f"epoch {min(number, self._run.planned)} of {self._run.planned}"
        if trainer.tloss:
            words += f", loss {sum(float(value) for value in trainer.tloss.values()):.2f}"
        if self._run.epochs:
            last = self._run.epochs[-1]
            words += f", mAP50 {last.map50:.3f}, recall {last.recall:.3f}"
        done = trainer.epoch * batches + self._batch
        self._progress(words, done, max(self._run.planned * batches, done) if not unknown else batches)


def _share(figures: dict[str, Any], name: str) -> float:
    """A figure of the validation, from 0 to 1."""
    return min(max(float(figures[f"metrics/{name}"]), 0.0), 1.0)
