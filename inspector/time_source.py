# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operating system knows of its own clock: does something keep it in time, and how far may it be off?"""

from __future__ import annotations

import ctypes
import math
import sys

_TIME_ERROR = 5
_STA_UNSYNC = 0x0040


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """`struct timex` of <sys/timex.h> on 64-bit Linux; only `modes`, `esterror` and `status` are used."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_byte * 128),
    )


def utc_error_ms() -> float | None:
    """How far UTC is estimated to be off, milliseconds: adjtimex(2), which only reads here and needs no right.

    Returns:
        Infinity when nothing keeps the clock in time; None when the system does not say (not Linux, or not allowed).
    """
    if sys.platform != "linux":
        return None
    found = _Timex()
    answer = ctypes.CDLL(None).adjtimex(ctypes.byref(found))
    return None if answer < 0 else error_of(answer, found.status, found.esterror)


def error_of(answer: int, status: int, esterror_us: int) -> float:
    """What the kernel's answer means, milliseconds.

    Args:
        answer: State of the clock; 5 is TIME_ERROR.
        status: Its STA_ bits.
        esterror_us: Its estimated error, which nobody maintains while the clock is not kept in time.
    """
    if answer == _TIME_ERROR or status & _STA_UNSYNC:
        return math.inf
    return esterror_us / 1000
