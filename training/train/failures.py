# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the trainer's own errors mean, in words of somebody who did not write it."""

from __future__ import annotations

import errno
import pickle
from collections.abc import Iterator
from pathlib import Path

from inspector.errors import TrainingFailed
from training.train.spec import Settings

KINDS = (
    RuntimeError,
    OSError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ImportError,
    EOFError,
    MemoryError,
    SyntaxError,
    pickle.UnpicklingError,
)
"""What ultralytics and torch raise for pictures, weights or settings that do not suit them."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cublas_status_alloc_failed")


def explain(error: BaseException, settings: Settings, device: str, log: Path) -> TrainingFailed:
    """Turn an error of the trainer into one that says what to do.

    Args:
        error: One of `KINDS`.
        settings: of the run.
        device: `cpu` or numbers of GPUs.
        log: where the trainer's own words are.
    """
    text = str(error)
    if any(isinstance(one, OSError) and one.errno in _FULL for one in _chain(error)):
        return TrainingFailed("The disk is full", "Make room; then the same command with --resume goes on")
    if isinstance(error, MemoryError) or any(words in text.lower() for words in _NO_MEMORY):
        where = "main memory" if device == "cpu" else "memory of the GPU"
        lower = [f"--batch {settings.batch // 2}"] if settings.batch > 1 else []
        lower += [f"--imgsz {settings.imgsz // 2 // 32 * 32}"] if settings.imgsz >= 256 else []
        lower += ["--size n"] if settings.size != "n" else []
        lower += [] if device == "cpu" else ["--device cpu"]
        return TrainingFailed(
            f"The {where} is not enough for {settings.batch} pictures of {settings.imgsz} px at once",
            f"Close other programs, or train into a new folder with {' or '.join(lower) or 'smaller pictures'}",
        )
    first = text.strip().splitlines()[0][:300] if text.strip() else type(error).__name__
    return TrainingFailed(f"The trainer stopped: {first}", f"Its own words are in {log}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was made of: torch and ultralytics wrap what the system says."""
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__
