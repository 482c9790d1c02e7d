# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept of every epoch, with a trainer of which only the callbacks are there."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inspector.errors import TrainingFailed
from tests.unit.train.test_runfile import RUN
from training.train import keeper, runfile
from training.train.keeper import BEST, LAST, Keeper
from training.train.runfile import Run
from training.train.spec import Settings


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keeper, "time", clock)
    return clock


def fresh(**settings: Any) -> Run:
    wanted = Settings(**settings)
    return RUN.model_copy(
        update={"settings": wanted, "planned": wanted.epochs, "epochs": (), "best": None, "spent_s": 0.0}
    )


def trainer_in(folder: Path) -> SimpleNamespace:
    return SimpleNamespace(
        last=folder / "last.pt",
        metrics={f"metrics/{name}(B)": 0.5 for name in ("mAP50", "mAP50-95", "precision", "recall")},
        tloss={"box": 1.0, "cls": 0.5},
        epoch=0,
        epochs=300,
        args=SimpleNamespace(epochs=300),
        stop=False,
        fitness=0.0,
        best_fitness=0.0,
        train_loader=[0] * 10,
    )


def epoch(kept: Keeper, trainer: SimpleNamespace, clock: Clock, *, train_s: float, val_s: float, best: bool) -> None:
    kept.on_epoch_start(trainer)
    for _ in range(10):
        clock.now += train_s / 10
        kept.on_batch_end(trainer)
        if trainer.stop:
            break
    kept.on_epoch_trained(trainer)
    clock.now += val_s
    trainer.fitness = float(trainer.epoch)
    trainer.best_fitness = trainer.fitness if best else 1000.0
    trainer.last.write_bytes(b"state of epoch %d" % trainer.epoch)
    kept.on_saved(trainer)
    trainer.epoch += 1


def test_state_and_best_weights_are_kept_and_counted(tmp_path: Path, clock: Clock) -> None:
    said: list[tuple[str, int, int]] = []
    run, trainer = fresh(epochs=3), trainer_in(tmp_path)
    kept = Keeper(tmp_path, tmp_path, run, clock.now, lambda *words: said.append(words), several=False)
    epoch(kept, trainer, clock, train_s=10, val_s=2, best=True)
    epoch(kept, trainer, clock, train_s=10, val_s=2, best=False)
    assert (tmp_path / BEST).read_bytes() == b"state of epoch 0"
    assert (tmp_path / LAST).read_bytes() == b"state of epoch 1"
    there = runfile.read(tmp_path)
    assert (len(there.epochs), there.best, there.planned, there.state) == (2, 1, 3, "running")
    assert [round(one.seconds) for one in there.epochs] == [12, 12]
    assert there.spent_s == pytest.approx(24)
    assert not trainer.stop
    assert said[-1] == ("epoch 2 of 3, loss 1.50, mAP50 0.500, recall 0.500", 20, 30)
    epoch(kept, trainer, clock, train_s=10, val_s=2, best=False)
    assert trainer.stop


def test_minutes_end_the_run_in_time_and_the_schedule_knows(tmp_path: Path, clock: Clock) -> None:
    run, trainer = fresh(epochs=300, minutes=1.0), trainer_in(tmp_path)
    kept = Keeper(tmp_path, tmp_path, run, clock.now, None, several=False)
    epoch(kept, trainer, clock, train_s=10, val_s=2, best=True)
    assert trainer.epochs == trainer.args.epochs == 4  # 48 s left, 2 for the last validation: three of 12
    while not trainer.stop:
        epoch(kept, trainer, clock, train_s=10, val_s=2, best=True)
    assert (trainer.epoch, clock.now - 1000) == (4, pytest.approx(48))


def test_an_epoch_that_drags_on_is_cut_and_the_first_one_never(tmp_path: Path, clock: Clock) -> None:
    run, trainer = fresh(epochs=300, minutes=1.0), trainer_in(tmp_path)
    kept = Keeper(tmp_path, tmp_path, run, clock.now, None, several=False)
    epoch(kept, trainer, clock, train_s=15, val_s=1, best=True)
    epoch(kept, trainer, clock, train_s=1000, val_s=1, best=True)
    assert trainer.stop
    assert runfile.read(tmp_path).planned == 2
    slow = trainer_in(tmp_path)
    kept = Keeper(tmp_path, tmp_path, run, clock.now, None, several=False)
    epoch(kept, slow, clock, train_s=1000, val_s=1, best=True)
    assert slow.stop
    assert len(runfile.read(tmp_path).epochs) == 1


def test_a_loss_that_is_no_number_ends_the_run_and_is_not_kept(tmp_path: Path, clock: Clock) -> None:
    trainer = trainer_in(tmp_path)
    trainer.tloss["box"] = math.nan
    kept = Keeper(tmp_path, tmp_path, fresh(epochs=3), clock.now, None, several=False)
    with pytest.raises(TrainingFailed, match=r"went astray.*--lr 0.00025"):
        epoch(kept, trainer, clock, train_s=10, val_s=2, best=True)
    assert not (tmp_path / "run.json").exists()
    assert not (tmp_path / LAST).exists()


def test_time_before_a_kill_counts(tmp_path: Path, clock: Clock) -> None:
    run = RUN.model_copy(update={"settings": Settings(minutes=1.0, epochs=300), "spent_s": 50.0})
    trainer = trainer_in(tmp_path)
    trainer.epoch = 1
    kept = Keeper(tmp_path, tmp_path, run, clock.now, None, several=False)
    epoch(kept, trainer, clock, train_s=4, val_s=1, best=True)
    assert trainer.stop
    assert runfile.read(tmp_path).spent_s == pytest.approx(55)


def test_processes_of_several_gpus_do_not_end_on_their_own(tmp_path: Path, clock: Clock) -> None:
    run, trainer = fresh(epochs=300, minutes=0.1), trainer_in(tmp_path)
    kept = Keeper(tmp_path, tmp_path, run, clock.now, None, several=True)
    epoch(kept, trainer, clock, train_s=100, val_s=1, best=True)
    assert (trainer.stop, trainer.epochs) == (False, 300)
