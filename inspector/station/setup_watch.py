# SPDX-License-Identifier: AGPL-3.0-or-later
"""No change is silent: at its start the station compares what it works with to what the records say, and records it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from inspector.config import Config
from inspector.config.flat import Flat
from inspector.errors import InspectorError
from inspector.evidence.record import clean_text
from inspector.station.alarms import AlarmBoard, AlarmCode
from inspector.station.in_force import digests_of, in_force_words, newest, product_of
from inspector.station.model import InForce, Rules
from inspector.station.setup_documents import (
    DISTRIBUTION,
    decode,
    flat_model,
    flat_recipe,
    program_document,
    settings_document,
)
from inspector.store.documents import DocumentStore
from inspector.store.queries.approvals import ANNOUNCED, IN_FORCE, setting_in
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.writer import RecordWriter

NOBODY_SAID = "found when the station started; nobody has said who did it or why"
AT_MOST = 50
"""Change records of one kind at one start; a last one then says how many more there were."""
NAMED = 5
SETUP_FIELDS = ("settings", "program", "recipe", "model", "users")
OF_PRODUCTS = "recipes."
"""Settings of released products begin with this: who may change what judges has approved them."""
FILE_DIGEST = "#sha256"
THRESHOLD = re.compile(r"score|grey_from|threshold|iou|max_count|min_size|max_size")


class SetupWatch:
    """Looks once, at the start, after the `station-start` record.

    Args:
        station: Station directory.
        config: Settings.
        rules: What judges now.
        writer: The record writer.
        alarms: Takes changed program files.
    """

    def __init__(self, station: Path, config: Config, rules: InForce, writer: RecordWriter, alarms: AlarmBoard) -> None:
        self._station = station
        self._config = config
        self._rules = rules
        self._writer = writer
        self._alarms = alarms
        self._documents = DocumentStore(station)

    def started(self, users: str | None) -> None:
        """Compare, and record what differs.

        Args:
            users: Digest of all users; None if there are none.

        Raises:
            StoreError: It cannot be recorded.
        """
        documents = {
            "settings": settings_document(self._station, self._config),
            "program": program_document(),
            **_of_rules(self._rules),
        }
        now: dict[str, object] = {name: hashlib.sha256(data).hexdigest() for name, data in documents.items()}
        now["users"] = users
        with RecordReader(self._station) as reader:
            before, announced = self._before(reader)
            put = newest(reader)
        if put is not None and product_of(put) != self._rules.name:
            self._fell_back(put)
        if before == now:
            return
        for data in documents.values():
            self._documents.put(data)
        if before is not None:
            if put is not None and self._was_cut_off(put, before):
                self._put_in_force_model(before, put.fields["by"], str(put.fields["why"]))
                before = before | _digests(self._rules)
            self._compare(before, now, announced)
        self._writer.append("setup", now).result()

    def put_in_force(self, rules: Rules, person: str, why: str, documents: Iterable[bytes] = ()) -> tuple[str, int]:
        """Record that other rules are in force: this record is the moment. `complete` has to follow.

        Args:
            rules: They; what judges now is still the other.
            person: Staff id of who does it.
            why: The reason.
            documents: Those of a release that is new here: the record names them.

        Returns:
            The commitment to the person, and the number of the record.

        Raises:
            StoreError: It could not be recorded: nothing has changed.
        """
        for data in (*_of_rules(rules).values(), *documents):
            self._documents.put(data)
        by = self._writer.commit_operator(person).result()
        old, new = in_force_words(self._rules), in_force_words(rules)
        fields = {"what": "recipe", "name": IN_FORCE, "old": old, "new": new, "by": by, "why": why, **_named(rules)}
        return by, self._writer.append("change", fields).result().seq

    def complete(self, by: str, why: str) -> None:
        """Record the rest about what judges now. A start does it where a changeover was cut off.

        Raises:
            StoreError: It cannot be recorded.
        """
        with RecordReader(self._station) as reader:
            before, announced = self._before(reader)
        if before is None:
            return
        self._put_in_force_model(before, by, why)
        self._writer.append("setup", before | _digests(self._rules)).result()
        for said in announced.values():  # what somebody is going to change is not done yet
            again = {name: said.fields[name] for name in ("what", "by", "why")}
            self._writer.append("change", {"name": ANNOUNCED, "old": None, "new": None, **again}).result()

    def _put_in_force_model(self, before: Mapping[str, object], by: object, why: str) -> None:
        """Another product mostly has another model, too."""
        model = self._rules.package.digest
        if before["model"] != model:
            fields = {"what": "model", "name": IN_FORCE, "old": before["model"], "new": model, "by": by, "why": why}
            self._writer.append("change", fields).result()

    def _was_cut_off(self, put: StoredRecord, before: Mapping[str, object]) -> bool:
        """Whether the changeover to what is in force now ended before its setup record was written."""
        now = _digests(self._rules)
        return digests_of(put) == (now["recipe"], now["model"]) and any(before[name] != now[name] for name in now)

    def _fell_back(self, put: StoredRecord) -> None:
        """What the records put in force is not in the settings any more."""
        fields = {
            "what": "recipe",
            "name": IN_FORCE,
            "old": put.fields["new"],
            "new": in_force_words(self._rules),
            "by": None,
            "why": f"{product_of(put)} is not in the settings any more",
            **_named(self._rules.rules),
        }
        self._writer.append("change", fields).result()

    def _before(self, reader: RecordReader) -> tuple[dict[str, object] | None, dict[str, StoredRecord]]:
        """The last setup, with the users that the last user-change record says; and what was announced since."""
        newest = reader.newest_of_people("setup")
        users = reader.newest_of_people("user-change")
        since = 0 if newest is None else newest.seq
        announced: dict[str, StoredRecord] = {}
        for one in reader.changes_since(since):
            if one.fields["name"] == ANNOUNCED:
                announced[_about(one)] = one
        if newest is None:
            return None, announced
        fields = newest.fields
        before = {name: fields[name] for name in SETUP_FIELDS}
        if users is not None and users.seq > newest.seq:
            before["users"] = users.fields["store"]
        return before, announced

    def _compare(self, before: dict[str, object], now: dict[str, object], announced: dict[str, StoredRecord]) -> None:
        readers: dict[str, tuple[str, Callable[[bytes], Flat | None]]] = {
            "settings": ("setting", decode),
            "recipe": ("recipe", flat_recipe),
            "model": ("model", flat_model),
        }
        for name, (what, read) in readers.items():
            if before[name] != now[name]:
                self._values(what, str(before[name]), str(now[name]), read, announced)
        if before["program"] != now["program"]:
            self._program(str(before["program"]), str(now["program"]), announced)
        if before["users"] != now["users"]:
            self._users(before["users"], now["users"])

    def _values(
        self,
        what: str,
        old: str,
        new: str,
        read: Callable[[bytes], Flat | None],
        announced: dict[str, StoredRecord],
    ) -> None:
        was, become = self._read(old, read), self._read(new, read)
        self._change(what, "digest", old, new, announced)
        if was is None or become is None:
            return
        keys = sorted(key for key in was.keys() | become.keys() if was.get(key) != become.get(key))
        files = [key for key in keys if key.startswith(OF_PRODUCTS) and key.endswith(FILE_DIGEST)]
        others = [key for key in keys if key not in files]
        for key in self._not_told(files) + others[:AT_MOST]:
            kind = "threshold" if what != "setting" and THRESHOLD.search(key) else what
            if key.startswith(OF_PRODUCTS):
                kind = "recipe"
            self._change(kind, key, was.get(key), become.get(key), announced)
        if len(others) > AT_MOST:
            self._change(what, f"and {len(others) - AT_MOST} more", None, None, announced)

    def _not_told(self, files: Sequence[str]) -> list[str]:
        """Files of products, of which each waits for approval; those that judge now are told by their own values.

        Beside a release that judges the files of the settings do not.
        """
        if self._rules.rules.release is not None:
            return list(files)
        judging = {f"{OF_PRODUCTS}{self._rules.name}.{one}{FILE_DIGEST}" for one in ("recipe", "package")}
        return [key for key in files if key not in judging]

    def _program(self, old: str, new: str, announced: dict[str, StoredRecord]) -> None:
        was, become = self._read(old, decode) or {}, self._read(new, decode) or {}
        keys = sorted(key for key in was.keys() | become.keys() if was.get(key) != become.get(key))
        files = [key for key in keys if "/" in key]
        same = was.get(DISTRIBUTION) == become.get(DISTRIBUTION)
        words = f"{len(keys)} files or packages differ: {', '.join(keys[:NAMED])}{' ...' if len(keys) > NAMED else ''}"
        self._change("program", str(become.get(DISTRIBUTION, "")), old, new, announced, words)
        if same and files:
            cause = f"program files changed, and the version did not: {', '.join(files[:NAMED])}"
            more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
            action = "find out who changed the program; install it anew from its release"
            self._alarms.raise_alarm(AlarmCode.PROGRAM_CHANGED, cause + more, action)

    def _users(self, old: object, new: object) -> None:
        self._change("user", "access/users.json", _text(old), _text(new), {})
        cause = "the users are not those of the last record: their file was changed past the station"
        self._alarms.raise_alarm(AlarmCode.USERS_CHANGED, cause, "compare `inspector user list` with your own list")

    def _read(self, digest: str, read: Callable[[bytes], Flat | None]) -> Flat | None:
        try:
            return read(self._documents.get(digest))
        except InspectorError:
            return None  # then the hashes say that it differs, if not how

    def _change(
        self,
        what: str,
        name: str,
        old: str | None,
        new: str | None,
        announced: dict[str, StoredRecord],
        words: str = "",
    ) -> None:
        said = _said(announced, what, name)
        why = NOBODY_SAID if said is None else f"announced in record {said.seq}: {said.fields['why']}"
        fields = {
            "what": what,
            "name": clean_text(name, 200) or "?",
            "old": None if old is None else clean_text(old),
            "new": None if new is None else clean_text(new),
            "by": None if said is None else said.fields["by"],
            "why": clean_text(f"{why}; {words}" if words else why),
        }
        self._writer.append("change", fields).result()


def _of_rules(rules: Rules | InForce) -> dict[str, bytes]:
    return {"recipe": rules.recipe.data, "model": rules.package.manifest.document()}


def _named(rules: Rules) -> dict[str, object]:
    """The release, as the record has it that puts it in force; nothing where the files of the settings judge."""
    return {} if rules.release is None else {"release": rules.release.fields()}


def _digests(rules: Rules | InForce) -> dict[str, object]:
    return {"recipe": rules.recipe.digest, "model": rules.package.digest}


def _about(announcement: StoredRecord) -> str:
    """What it is of: a kind of changes, or one setting."""
    what = str(announcement.fields["what"])
    name = setting_in(str(announcement.fields["why"])) if what == "setting" else None
    return what if name is None else f"{what} {name}"


def _said(announced: dict[str, StoredRecord], what: str, name: str) -> StoredRecord | None:
    """The announcement of a change: of this very setting first, then of its kind."""
    said = announced.get(f"{what} {name}") or announced.get(what)
    if said is None and what == "threshold":
        return announced.get("recipe")
    if said is None and (what, name) == ("setting", "digest"):
        named = [one for about, one in announced.items() if about.startswith("setting ")]
        return max(named, key=lambda one: one.seq, default=None)
    return said


def _text(value: object) -> str | None:
    return None if value is None else str(value)
