# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts that are looked for page by page, against a plain reading of all records."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import EvidenceError
from inspector.part import Verdict
from inspector.store.index import VERDICTS
from inspector.store.queries.find import PartQuery, find_parts
from inspector.store.queries.reader import LAST, AuditReader
from tests.audit_station import START_US, build
from tests.store_station import check_chain

START_S = START_US // 1_000_000
LOTS = {1: "L-1", 2: "L-2", 3: "L-1"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("find")
    build(path)
    return path


@pytest.fixture(scope="module")
def parts(history: Path) -> list[dict[str, Any]]:
    return [one for one in check_chain(history) if one["type"] == "part"]


def fits(one: dict[str, Any], asked: PartQuery) -> bool:
    classes = {found["class"] for view in one["views"] for found in view["detections"]}
    return all(
        (
            asked.serial is None or one["serial"]["text"] == asked.serial,
            asked.lot is None or LOTS[one["shift"]] == asked.lot,
            asked.from_s <= one["t_us"] // 1_000_000 <= asked.to_s,
            asked.defect is None or asked.defect in classes,
            asked.verdict is None or one["verdict"] == asked.verdict,
        )
    )


def all_pages(history: Path, asked: PartQuery, limit: int, looked_at: int) -> list[int]:
    found: list[int] = []
    before: int | None = None
    with AuditReader(history) as reader:
        while True:
            page = find_parts(reader, asked, limit=limit, before=before, looked_at=looked_at)
            assert len(page.records) <= limit
            assert page.before is None or before is None or page.before < before, "paging does not get on"
            found += [record.seq for record in page.records]
            before = page.before
            if before is None:
                return found


DAYS = st.integers(START_S - 3, START_S + 3 * 86_400)
ASKED = st.builds(
    PartQuery,
    serial=st.none() | st.sampled_from(["SN-0002", "TEST-1", "SN-0007", "nobody"]),
    lot=st.none() | st.sampled_from(["L-1", "L-2", "L-3"]),
    from_s=st.just(0) | DAYS,
    to_s=st.just(LAST) | DAYS,
    defect=st.none() | st.sampled_from(["scratch", "dent", "burr", "rust"]),
    verdict=st.none() | st.sampled_from(VERDICTS),
)


@given(asked=ASKED, limit=st.integers(1, 9), looked_at=st.integers(1, 200))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_are_the_parts_that_fit_newest_first(
    history: Path, parts: list[dict[str, Any]], asked: PartQuery, limit: int, looked_at: int
) -> None:
    wanted = [one["seq"] for one in reversed(parts) if fits(one, asked)]
    assert all_pages(history, asked, limit, looked_at) == wanted


def test_the_history_has_something_to_find(history: Path) -> None:
    for asked in (PartQuery(serial="SN-0002"), PartQuery(lot="L-2", defect="scratch"), PartQuery(verdict="FAIL")):
        assert all_pages(history, asked, 3, 50)


def test_a_bound_of_work_ends_a_page_and_says_where_to_go_on(history: Path) -> None:
    with AuditReader(history) as reader:
        newest = reader.newest()
        page = find_parts(reader, PartQuery(verdict="UNTRACKED"), looked_at=10)
    assert (page.records, page.before, page.full) == ((), newest - 9, False)


def test_verdicts_that_can_be_asked_for_are_those_of_the_index() -> None:
    assert {verdict.value for verdict in Verdict} == set(VERDICTS)


def test_a_lookup_table_that_lies_is_an_error(history: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(history, tmp_path / "copy"))
    with closing(sqlite3.connect(copy / "records.sqlite")) as connection:
        pick = "(SELECT max(seq) FROM part_index WHERE verdict = 1)"
        assert connection.execute(f"UPDATE part_index SET verdict = 0 WHERE seq = {pick}").rowcount == 1
        connection.commit()
    with AuditReader(copy) as reader, pytest.raises(EvidenceError, match="not what the lookup tables say"):
        find_parts(reader, PartQuery(verdict="PASS"))
