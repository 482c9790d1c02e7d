# SPDX-License-Identifier: AGPL-3.0-or-later
"""Work that no part waits for lets the line go first when processors are short."""

from __future__ import annotations

import os
import subprocess
import sys

NICE = 10
"""Linux: a tenth of a share of the processor beside a process of the line, all of it when nobody else wants it."""
BEHIND: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""Windows: the same, as a flag of a process that is created."""


def step_behind() -> None:
    """This process lets others go first from now on, for good."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BEHIND)
    else:
        _put(0)


def put_behind(child: subprocess.Popen[bytes]) -> None:
    """The same for a process just started; on Windows it was created with `BEHIND`."""
    if sys.platform != "win32":
        _put(child.pid)


def _put(pid: int) -> None:
    """Never in front of where it is: a service may have been put further behind."""
    if sys.platform != "win32" and os.getpriority(os.PRIO_PROCESS, pid) < NICE:
        os.setpriority(os.PRIO_PROCESS, pid, NICE)
