# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OpenAPI document that integrators read without a station is that of the code; docs/api.md has each address."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from inspector.api.openapi import openapi_text
from inspector.cli.main import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
PUBLISHED = DOCS / "openapi.json"
COMMAND = ("openapi", "--output", "docs/openapi.json")


def test_the_published_document_is_that_of_the_code() -> None:
    same = PUBLISHED.read_text(encoding="utf-8") == openapi_text()
    assert same, f"the endpoints or their types changed: run `python -m inspector.cli {' '.join(COMMAND)}`"


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"]) == 0
    assert capsys.readouterr().out == openapi_text()
    assert main(["openapi", "--output", str(tmp_path / "api.json")]) == 0
    assert json.loads((tmp_path / "api.json").read_text()) == json.loads(openapi_text())
    assert main(["openapi", "--output", str(tmp_path / "missing" / "api.json")]) == 3


def test_the_document_says_that_every_request_needs_the_token() -> None:
    document = json.loads(openapi_text())
    (name,) = document["components"]["securitySchemes"]
    assert document["security"] == [{name: []}]
    assert not [path for path, methods in document["paths"].items() for one in methods.values() if "security" in one]


def test_every_address_is_in_the_page_about_the_api() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:GET|POST|PUT|PATCH|DELETE) ([^`?\s]+)", page))
    assert set(json.loads(openapi_text())["paths"]) - told == set()
