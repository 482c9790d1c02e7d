# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is typed becomes settings of the trainer, and what the trainer says becomes words for people."""

from __future__ import annotations

import argparse
import errno
import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from inspector.errors import ConfigError
from training.train.commands import add_parser, settings_of
from training.train.extra import choose_device
from training.train.failures import explain
from training.train.spec import Settings, TrainSpec, arguments


def typed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True))
    return parser.parse_args(["train", "--data", "d", "--out", "o", *words])


def passed(settings: Settings, *, grey: bool = True, device: str = "cpu", half: bool = False) -> dict[str, object]:
    spec = TrainSpec(Path("d"), Path("o"), settings)
    return arguments(spec, Path("d/data.yaml"), Path("o/w"), grey=grey, device=device, half=half)


def test_the_optimizer_steps_with_every_batch_and_keeps_its_rate() -> None:
    known = passed(Settings(batch=4, lr=0.002))
    assert known["nbs"] == known["batch"] == 4
    assert (known["optimizer"], known["lr0"], known["amp"]) == ("AdamW", 0.002, False)
    assert known["time"] is None


@pytest.mark.parametrize(("flips", "expected"), [("none", (0.0, 0.0)), ("sideways", (0.5, 0.0)), ("both", (0.5, 0.5))])
def test_pictures_are_mirrored_only_where_that_was_said(flips: str, expected: tuple[float, float]) -> None:
    known = passed(Settings(flips=flips))  # type: ignore[arg-type]
    assert (known["fliplr"], known["flipud"]) == expected


def test_colours_and_collages() -> None:
    grey, colour = passed(Settings()), passed(Settings(), grey=False)
    assert (grey["hsv_h"], grey["hsv_s"], grey["mosaic"]) == (0.0, 0.0, 0.0)
    assert (colour["hsv_h"], colour["hsv_s"]) == (0.0, 0.1)
    assert passed(Settings(mosaic=0.5))["mosaic"] == 0.5


def test_a_gpu_computes_with_bfloat16_or_fully_and_several_take_the_trainers_own_limit() -> None:
    assert passed(Settings(), device="0", half=True)["amp"] == "bf16"
    assert passed(Settings(minutes=30.0), device="0")["time"] is None
    assert passed(Settings(minutes=30.0), device="0,1")["time"] == 0.5


def test_defaults_and_what_follows_from_one_another() -> None:
    assert settings_of(typed(), None) == Settings()
    assert settings_of(typed("--minutes", "5"), None).epochs == 300
    tiles = settings_of(typed("--tile", "640"), None)
    assert (tiles.imgsz, tiles.overlap) == (640, 160)
    assert settings_of(typed("--good-share", "25", "--no-balance"), None) == Settings(good_share=0.25, balance=False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--overlap", "10"), "is for tiles"),
        (("--tile", "100", "--overlap", "60"), "cannot overlap by 60 px"),
        (("--base", "w.pt", "--size", "s"), "its own size"),
        (("--minutes", "0"), "--minutes: "),
        (("--good-share", "95"), "--good-share: "),
        (("--seed", "-1"), "--seed: "),
        (("--lr", "nan"), "--lr: "),
    ],
)
def test_settings_that_do_not_fit_are_refused(words: tuple[str, ...], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        settings_of(typed(*words), None)


def test_a_resumed_run_keeps_its_settings() -> None:
    old = Settings(epochs=5, seed=3)
    assert settings_of(typed("--resume", "--seed", "3"), old) == old
    with pytest.raises(ConfigError, match="began with seed 3"):
        settings_of(typed("--resume", "--seed", "4"), old)


@pytest.mark.parametrize("words", ["gpu", "0,0", "-1", "0,", "²"])
def test_a_device_that_is_none_is_wrong_usage(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        typed(f"--device={words}")
    assert "neither cpu nor numbers of GPUs" in capsys.readouterr().err


def test_where_it_trains_is_chosen_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: ModuleSpec(name, None))
    assert choose_device("auto", [], half=False).words == "CPU, because torch finds no GPU here"
    assert choose_device("cpu", ["A"], half=True).half is False
    one = choose_device("auto", ["A", "B"], half=True)
    assert (one.name, one.half, one.several) == ("0", True, False)
    assert "--device 0,1 takes all" in one.words
    both = choose_device("0,1", ["A", "B"], half=False)
    assert (both.several, both.words) == (True, "GPU 0 (A), GPU 1 (B)")
    with pytest.raises(ConfigError, match=r"no GPU 1; torch finds: 0 \(A\)"):
        choose_device("0,1", ["A"], half=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="needs cloudpickle"):
        choose_device("0,1", ["A", "B"], half=False)


LOG = Path("trainer.log")


def test_short_memory_is_told_with_what_to_lower() -> None:
    gpu = explain(RuntimeError("CUDA out of memory. Tried ..."), Settings(size="m", imgsz=640), "0", LOG)
    assert gpu.message == "The memory of the GPU is not enough for 8 pictures of 640 px at once"
    assert "--batch 4 or --imgsz 320 or --size n or --device cpu" in gpu.advice
    for error in (MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you ...")):
        ram = explain(error, Settings(batch=1, imgsz=64), "cpu", LOG)
        assert "main memory" in ram.message
        assert "smaller pictures" in ram.advice


def test_a_full_disk_and_everything_else_are_told() -> None:
    full = explain(OSError(errno.ENOSPC, "No space left on device"), Settings(), "cpu", LOG)
    assert (full.message, "--resume" in full.advice) == ("The disk is full", True)
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("PytorchStreamWriter failed writing file") from error
    except RuntimeError as wrapped:
        assert explain(wrapped, Settings(), "cpu", LOG).message == "The disk is full"
    other = explain(KeyError("names"), Settings(), "cpu", LOG)
    assert "names" in other.message
    assert "trainer.log" in other.advice
    assert explain(AssertionError(), Settings(), "cpu", LOG).message == "The trainer stopped: AssertionError"
