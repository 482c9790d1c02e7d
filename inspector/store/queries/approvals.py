# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes that decide over parts, and whether quality has approved them: what the records say."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from inspector.store.queries.fields import text
from inspector.store.read import RecordReader, StoredRecord

ANNOUNCED = "announced"
"""Name of a change record that says what is going to be changed, by whom and why."""
IN_FORCE = "in force"
"""Name of a change record that says that another product is in force: quality has approved both before."""
APPROVES = "approves the changes that are listed"
"""Meaning of the signature that approves what the setup record that it names, and those before, brought."""
KINDS = "access.approve."
"""Begin of the names of the settings that say which kinds of changes wait."""
SIGNERS = "release.authority."
"""Begin of the names of the settings, and of the hashes of the keys, that say who may sign releases."""
_VALUE = re.compile(r"([a-z0-9_.]+) = ")
_SAID = re.compile(r"announced in record \d+: ([a-z0-9_.]+) = ")


def value_words(name: str, value: str, why: str) -> str:
    """The reason of an announcement that names one setting and its new value; `setting_in` finds the name again."""
    return f"{name} = {value}: {why}"


def setting_in(why: str) -> str | None:
    """The setting that an announcement is of; None if it is of a kind of changes as a whole."""
    found = _VALUE.match(why)
    return None if found is None else found[1]


def waiting_changes(reader: RecordReader, kinds: Collection[str]) -> list[StoredRecord]:
    """The changes since the last approval, or since the station has users, that quality has to approve, oldest first.

    Besides the kinds that the settings name, these wait: a setting that was changed past the file; any change of which
    kinds wait, and the kinds that it takes out; any change of who may sign releases. Nobody can switch approval off
    without approval, and nobody becomes one of those who decide what judges.

    Args:
        reader: The records.
        kinds: Kinds of changes that the settings in force name.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One of them is damaged.
    """
    first_user = reader.oldest_of_people("user-change")
    if first_user is None:
        return []
    since = max(first_user.seq, _approved(reader))
    changes = [one for one in reader.changes_since(since) if one.fields["name"] not in (ANNOUNCED, IN_FORCE)]
    before = {kind for one in changes if _of_kinds(one) and (kind := _old_kind(one)) is not None}
    kinds_now = before.union(kinds)
    return [one for one in changes if one.fields["what"] in kinds_now or _waits_always(one) or _past_file(one)]


def approval_of(signatures: Sequence[tuple[int, StoredRecord]], change: StoredRecord) -> StoredRecord | None:
    """The signature that approves a change; None if there is none yet.

    Args:
        signatures: As `approvals` finds them.
        change: A change record.
    """
    return next((signature for setup, signature in signatures if setup > change.seq), None)


def approvals(reader: RecordReader, signatures: Sequence[StoredRecord]) -> list[tuple[int, StoredRecord]]:
    """The signatures among these that approve changes, each with the number of the setup record that it names.

    Args:
        reader: The records.
        signatures: Signature records, oldest first.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: One of them is damaged.
    """
    found = []
    for one in signatures:
        if text(one.fields, "meaning") == APPROVES:
            setup = reader.by_hash_of_people("setup", text(one.fields, "target"))
            if setup is not None:
                found.append((setup.seq, one))
    return found


def kinds_of(settings: dict[str, str]) -> frozenset[str]:
    """The kinds of changes that settings let wait for approval.

    Args:
        settings: Path of a value -> the value as JSON, as a settings document has them.
    """
    return frozenset(json.loads(value) for name, value in settings.items() if name.startswith(KINDS))


def _of_kinds(change: StoredRecord) -> bool:
    return change.fields["what"] == "setting" and str(change.fields["name"]).startswith(KINDS)


def _waits_always(change: StoredRecord) -> bool:
    return change.fields["what"] == "setting" and str(change.fields["name"]).startswith((KINDS, SIGNERS))


def _old_kind(change: StoredRecord) -> str | None:
    """The kind that waited before."""
    old = change.fields["old"]
    try:
        kind: object = json.loads(str(old)) if old is not None else None
    except ValueError:
        return None
    return kind if isinstance(kind, str) else None


def _past_file(change: StoredRecord) -> bool:
    """Whether it was announced with its value, as the station does when it changes a setting for somebody."""
    found = _SAID.match(str(change.fields["why"]))
    return change.fields["what"] == "setting" and found is not None and found[1] == change.fields["name"]


def _approved(reader: RecordReader) -> int:
    """Number of the newest setup record that was approved; 0 if none was."""
    signed = reader.newest_signature(APPROVES)
    setup = None if signed is None else reader.by_hash_of_people("setup", str(signed.fields["target"]))
    return 0 if setup is None else setup.seq
