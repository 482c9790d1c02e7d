# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page that customers check proofs with: its published hash, its policy, and that it needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from pathlib import Path

import pytest

from inspector.cli.main import main

ROOT = Path(__file__).parents[2]
DATA = resources.files("inspector.auditor").joinpath("verify.html").read_bytes()
PAGE = DATA.decode("utf-8")


def test_the_published_hash_is_that_of_the_page() -> None:
    """After a change: `make verifier-hash`."""
    published = re.findall(r"([0-9a-f]{64})  verify\.html", (ROOT / "docs" / "customer.md").read_text(encoding="utf-8"))
    assert published == [hashlib.sha256(DATA).hexdigest()]


@pytest.mark.parametrize("tag", ["script", "style"])
def test_only_what_stands_in_the_page_may_run(tag: str) -> None:
    (inner,) = re.findall(rf"<{tag}>(.*?)</{tag}>", PAGE, re.DOTALL)
    allowed = re.findall(rf"{tag}-src ([^;\"]*)", PAGE)
    assert allowed == [f"'sha256-{base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()}'"]


def test_it_takes_nothing_from_elsewhere() -> None:
    assert PAGE.split("\n")[1] == "<!-- SPDX-License-Identifier: Apache-2.0 -->"
    assert re.findall(r"https?:|\bsrc=|\bhref=|@import|url\(|innerHTML|\beval\b|localStorage|fetch\(", PAGE) == []
    assert "default-src 'none'" in PAGE
    assert b"\r" not in DATA


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "verifier", "-o", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").read_bytes() == DATA
    assert hashlib.sha256(DATA).hexdigest() in capsys.readouterr().out.replace("\n", "")
