# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lookup tables for recalls and audits: made from records, never evidence.

The same code fills them when a record is written and when an old database is prepared. What they say is only a way to
the records: lists are read from the records' bytes, and counts are held against the seals (`inspector.store.queries`).
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

VERDICTS = ("PASS", "FAIL", "NO_DECISION", "LATE", "ERROR", "BYPASSED", "MISSING_IMAGE", "UNTRACKED")
"""Their places are stored: new ones come at the end."""

OUTCOMES = (
    ("none", "none"),
    ("accept", "good"),
    ("accept", "reject"),
    ("accept", "unknown"),
    ("reject", "good"),
    ("reject", "reject"),
    ("reject", "unknown"),
)
"""What was commanded and what was confirmed. Their places are stored: new ones come at the end."""

EVENT = "type NOT IN ('part', 'outcome', 'image-stored', 'receipt')"
"""The condition of the index `record_event`: a query must repeat it word by word to use the index."""

REJECTED = "challenge = 0 AND verdict NOT IN (0, 5)"
"""Production parts that nothing let through: the condition of the index `part_rejected`, word by word."""

REPORT_EVERY = 100_000
Progress = Callable[[int, int], None]


class PartIndex:
    """Enters records into the lookup tables.

    Args:
        connection: The writer's connection, with its transaction open.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rules: dict[tuple[object, object], int] = {}
        self._classes: dict[str, int] = {}

    def forget(self) -> None:
        """After a rollback: numbers that were given in the transaction may not exist."""
        self._rules.clear()
        self._classes.clear()

    def note(self, kind: str, seq: int, t_us: int, fields: Mapping[str, object]) -> None:
        """Enter a record that was just inserted; types that nobody looks up this way change nothing.

        Raises:
            KeyError, TypeError, ValueError: The fields are not those of the type; a checked record has them.
        """
        if kind == "part":
            self._part(seq, t_us, fields)
        elif kind == "outcome":
            self._outcome(fields)
        elif kind == "review":
            self._connection.execute("INSERT INTO review VALUES (?, ?)", (fields["record"], seq))

    def _part(self, seq: int, t_us: int, fields: Mapping[str, object]) -> None:
        verdict = VERDICTS.index(str(fields["verdict"]))
        challenge = int(fields["purpose"] == "challenge")
        rules = self._rules_id(fields["model_digest"], fields["recipe_digest"])
        row = (seq, t_us // 1_000_000, verdict, challenge, rules)
        self._connection.execute("INSERT INTO part_index VALUES (?, ?, ?, ?, ?, 0)", row)
        for name in found_classes(fields):
            self._connection.execute("INSERT INTO finding VALUES (?, ?)", (self._class_id(name), seq))

    def _outcome(self, fields: Mapping[str, object]) -> None:
        key = fields["key"]
        if not isinstance(key, Mapping):
            raise TypeError("key")
        outcome = OUTCOMES.index((str(fields["commanded"]), str(fields["confirmed"])))
        self._connection.execute(
            "UPDATE part_index SET outcome = ?"
            " WHERE seq = (SELECT seq FROM part_key WHERE line_boot = ? AND part_seq = ?)",
            (outcome, key["line_boot"], key["part_seq"]),
        )

    def _rules_id(self, model: object, recipe: object) -> int:
        known = self._rules.get((model, recipe))
        if known is None:
            find = "SELECT id FROM rules WHERE model IS ? AND recipe IS ?"
            known = self._number(find, "INSERT INTO rules (model, recipe) VALUES (?, ?)", model, recipe)
            self._rules[model, recipe] = known
        return known

    def _class_id(self, name: str) -> int:
        known = self._classes.get(name)
        if known is None:
            find = "SELECT id FROM finding_class WHERE name = ?"
            known = self._classes[name] = self._number(find, "INSERT INTO finding_class (name) VALUES (?)", name)
        return known

    def _number(self, find: str, insert: str, *values: object) -> int:
        row = self._connection.execute(find, values).fetchone()
        return int(row[0]) if row else int(self._connection.execute(insert, values).lastrowid or 0)


def found_classes(part: Mapping[str, object]) -> set[str]:
    """The classes of all findings in a part record."""
    views = part["views"]
    return {one["class"] for view in (views if isinstance(views, list) else ()) for one in view["detections"]}


def fill(connection: sqlite3.Connection, progress: Progress) -> None:
    """Fill the empty tables from the stored bytes, inside the transaction that made them.

    A damaged record is left out and told of; what is wrong with it is for the verifier to say.

    Args:
        connection: The writer's connection.
        progress: Called now and then with how many records were read, of how many.
    """
    (total,) = connection.execute("SELECT coalesce(max(seq), 0) FROM record").fetchone()
    index = PartIndex(connection)
    rows = connection.execute("SELECT seq, type, bytes FROM record WHERE type IN ('part', 'outcome') ORDER BY seq")
    due = REPORT_EVERY
    for seq, kind, data in rows:
        if seq >= due:
            progress(seq, total)
            due = seq + REPORT_EVERY
        try:
            fields = json.loads(data)
            index.note(kind, seq, int(fields["t_us"]), fields)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.warning("record %d is damaged and is left out of the lookup tables: %r", seq, error)
    progress(total, total)
