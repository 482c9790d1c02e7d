# SPDX-License-Identifier: AGPL-3.0-or-later
"""The thread of a backend: it waits, is woken, and ends."""

from __future__ import annotations

import threading

from inspector.line.io_thread import IoThread

LONG_S = 3600.0


def test_a_nudge_ends_a_wait_also_when_it_came_before_and_closing_ends_the_thread() -> None:
    thread, turns, turned = IoThread("test"), [], threading.Event()

    def work() -> None:
        while not thread.closing:
            turns.append(threading.current_thread().name)
            turned.set()
            thread.wait(LONG_S)

    thread.nudge()
    thread.start(work)
    assert turned.wait(60)
    while len(turns) < 2:  # the nudge from before the start
        turned.wait(0.01)
    turned.clear()
    thread.nudge()
    assert turned.wait(60)
    thread.close()
    assert not thread.alive
    assert set(turns) == {"test"}


def test_one_that_was_never_started_can_be_closed() -> None:
    thread = IoThread("test")
    thread.close()
    assert thread.closing
    assert not thread.alive
