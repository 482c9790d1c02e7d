# SPDX-License-Identifier: AGPL-3.0-or-later
"""A million records leave a station, and are checked, in a bounded memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.bench_bundle import AIM_MB, measure


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_million_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    result = measure(1_000_000)
    print(result)
    for name in ("export_mb", "verify_mb"):
        value = result[name]
        assert isinstance(value, int) and value < AIM_MB, result
    assert isinstance(result["images"], int) and result["images"] > 333_000


def test_the_benchmark_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    assert measure(300)["images"] == 100
