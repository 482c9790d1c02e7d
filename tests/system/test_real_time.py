# SPDX-License-Identifier: AGPL-3.0-or-later
"""Half an hour in real time at 300 parts per minute, with screen, export and verification beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import soak

FLAT = 1.1


@pytest.mark.long
def test_half_an_hour_in_real_time_keeps_promises_and_memory(tmp_path: Path) -> None:
    result = soak(tmp_path / "station", 10_000, lambda line: print(line, flush=True))
    print(f"\n{result.seconds:.0f} s, {result.late} late, parts by verdict {result.parts}, latency {result.latency_us}")
    print(f"growth of memory: { ({name: round(result.growth(name), 3) for name in result.memory_mb}) }")
    print(f"runs beside it: { ({name: len(codes) for name, codes in result.exit_codes.items()}) }")
    assert sum(result.parts.values()) == 10_000
    assert all(set(codes) == {0} for codes in result.exit_codes.values()), result.exit_codes
    # What is in memory at one moment differs by a tenth; a leak of one picture in a hundred parts would double it.
    assert all(result.growth(name) < FLAT for name in result.memory_mb)
