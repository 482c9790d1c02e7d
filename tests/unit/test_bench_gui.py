# SPDX-License-Identifier: AGPL-3.0-or-later
"""The benchmark of the screen in one short round: it measures something of everything that it tells."""

from __future__ import annotations

import pytest

from benchmarks.bench_gui import measure, show


@pytest.mark.long
@pytest.mark.usefixtures("qapp")
def test_a_short_round_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    figures = measure(rounds=1, round_s=2.0)
    for name in ("idle_gaps_ms", "idle_touches_ms", "fast_gaps_ms", "fast_touches_ms", "fast_verdicts_ms"):
        assert figures[name]["number"] > 0, name
        assert 0 < figures[name]["median"] <= figures[name]["p99"] <= figures[name]["max"], name
    show(figures)
    assert "verdict to painted" in capsys.readouterr().out
