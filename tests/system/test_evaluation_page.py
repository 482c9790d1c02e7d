# SPDX-License-Identifier: AGPL-3.0-or-later
"""The report of an evaluation in a real Chromium, with an attack in every name that comes from a file."""

from __future__ import annotations

from pathlib import Path

from inspector.detect.package import ModelPackage
from tests.browser import chromium
from tests.unit.evaluation.test_page import EVIL, attacked
from tests.unit.evaluation.test_page import package as package  # a fixture


def test_a_browser_runs_and_loads_nothing(package: ModelPackage, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(attacked(package, EVIL))
    with chromium() as browser:
        browser.open(path.as_uri())
        assert browser.evaluate("[window.hacked === undefined, document.scripts.length]") == [True, 0]
        assert browser.evaluate("document.querySelectorAll('svg image').length") == 2
        assert browser.evaluate("document.documentElement.scrollWidth <= window.innerWidth") is True
        assert browser.complaints == []
        assert [url for url in browser.requests if not url.startswith(("file:", "data:image/jpeg"))] == []
