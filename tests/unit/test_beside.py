# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work beside the judge: its result, its failure, and nothing left behind when the judge fails."""

from __future__ import annotations

import threading

import pytest

from inspector.station.beside import Beside


def test_runs_at_the_same_time() -> None:
    here, there = threading.Event(), threading.Event()

    def work() -> str:
        there.set()
        assert here.wait(10)
        return "done"

    with Beside(work) as beside:
        assert there.wait(10), "it has started before the block ends"
        here.set()
    assert beside.result() == "done"


def test_what_it_raises_comes_with_its_result() -> None:
    with Beside(lambda: 1 // 0) as beside:
        pass
    with pytest.raises(ZeroDivisionError):
        beside.result()


def test_waits_also_when_the_block_fails() -> None:
    ended = threading.Event()
    before = threading.active_count()

    def work() -> None:
        threading.Event().wait(0.05)
        ended.set()

    with pytest.raises(KeyError), Beside(work):
        raise KeyError
    assert ended.is_set()
    assert threading.active_count() == before
