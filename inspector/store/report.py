# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reports over the stored records: verdicts and defects of a shift. Read-only, through sqlite-utils."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from inspector.store.database import open_for_reading

_VERDICTS = """
WITH part AS (SELECT CAST(bytes AS TEXT) AS body FROM record WHERE type = 'part' AND shift = :shift)
SELECT json_extract(body, '$.verdict') AS verdict, count(*) AS parts
FROM part WHERE json_extract(body, '$.purpose') = 'production' GROUP BY verdict ORDER BY parts DESC, verdict
"""
_DEFECTS = """
WITH part AS (SELECT CAST(bytes AS TEXT) AS body FROM record WHERE type = 'part' AND shift = :shift)
SELECT json_extract(finding.value, '$.class') AS defect, count(DISTINCT body) AS parts,
       max(json_extract(finding.value, '$.score_ppm')) AS best_score_ppm
FROM part, json_each(body, '$.views') AS view, json_each(view.value, '$.detections') AS finding
WHERE json_extract(body, '$.verdict') = 'FAIL' AND json_extract(body, '$.purpose') = 'production'
GROUP BY defect ORDER BY parts DESC, defect
"""


@dataclass(frozen=True, slots=True)
class DefectCount:
    """One class of findings on failed parts: on how many parts, and the best score in parts per million."""

    defect: str
    parts: int
    best_score_ppm: int


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """What a shift brought, challenge parts left out: parts by verdict, the findings on failed parts by frequency."""

    shift: int
    verdicts: dict[str, int]
    defects: tuple[DefectCount, ...]


def shift_report(station: Path, shift: int) -> ShiftReport:
    """Count a shift.

    Args:
        station: Station directory.
        shift: Number of the shift; one without parts gives empty counts.

    Raises:
        StoreError: There is no database, or of another version.
    """
    with contextlib.closing(open_for_reading(station)) as connection:
        database = Database(connection, execute_plugins=False)
        verdicts = {str(row["verdict"]): int(row["parts"]) for row in database.query(_VERDICTS, {"shift": shift})}
        defects = tuple(
            DefectCount(str(row["defect"]), int(row["parts"]), int(row["best_score_ppm"]))
            for row in database.query(_DEFECTS, {"shift": shift})
        )
    return ShiftReport(shift, verdicts, defects)
