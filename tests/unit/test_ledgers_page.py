# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of the ledgers on the Service screen."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from gui.maintenance.ledgers import LedgersPage
from gui.text.languages import SOURCE, show_language
from inspector.api.schema import LedgerInfo
from tests.every_screen import LEDGERS, TROUBLE


@pytest.fixture
def page(qtbot: QtBot) -> LedgersPage:
    made = LedgersPage()
    qtbot.addWidget(made)
    return made


def test_each_ledger_has_a_row_and_the_worst_trouble_comes_first(page: LedgersPage) -> None:
    assert (page.head.text(), page.table.rows) == ("The ledgers are not known", ())
    page.show_ledger(LedgerInfo.model_validate(LEDGERS))
    assert page.head.text() == "411 of 412 seals are on at least 2 of 3 ledgers that count"
    assert [row.cells for row in page.table.rows] == [
        ("inspector.local/log", "working", "412 of 412", "-", "yes"),
        ("log.customer.example.com/2026", "does not answer", "411 of 412", "40 s", "yes"),
        ("consortium.example.com", "STOPPED", "400 of 412", "25 h", "yes"),
        ("tsa.example.com", "refuses", "411 of 412", "40 s", "no"),
    ]
    assert [(row.odd, row.strong) for row in page.table.rows] == [
        *((False, False), (False, True)),
        *((True, False), (False, True)),
    ]
    first, second = page.why.text().split("\n")
    assert first == f"consortium.example.com: {TROUBLE}" and second.startswith("tsa.example.com: ")
    page.show_ledger(None)
    assert (page.table.rows, page.why.text()) == ((), "")


def test_a_station_without_any_says_what_that_means_in_every_language(page: LedgersPage) -> None:
    page.show_ledger(LedgerInfo())
    assert page.head.text() == "This station has no ledger: nobody outside can check its shifts"
    try:
        show_language("de")
        page.show_ledger(LedgerInfo.model_validate(LEDGERS))
        assert "Siegeln" in page.head.text() and page.table.rows[2].cells[1] == "GESTOPPT"
    finally:
        show_language(SOURCE)
