# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which release judges each product of a station, who signed it, and what a rollback goes to: read from the disk.

The station need not run: one whose release is damaged does not start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from inspector.config import Config, Product, products
from inspector.detect.package import read_manifest
from inspector.errors import EvidenceError, InspectorError, ReleaseRefused, StoreError
from inspector.evidence.release_note import open_approval, open_proposal
from inspector.recipe import Recipe
from inspector.release.folder import RELEASE_FILE
from inspector.station.in_force import remembered
from inspector.station.release_history import JudgedBy, Step, history_of
from inspector.station.releases import FOLDER, Released, authorities, folder_of, read_released
from inspector.store.documents import DocumentStore
from inspector.store.queries.approvals import IN_FORCE
from inspector.store.queries.fields import time_of, utc
from inspector.store.read import RecordReader, StoredRecord

log = logging.getLogger(__name__)


def list_releases(station: Path, config: Config) -> dict[str, Any]:
    """Everything about the releases of a station, as a document.

    Args:
        station: Station directory; the station may be running, or not.
        config: Its settings.

    Raises:
        StoreError: The records cannot be read, or there are none yet.
        EvidenceError: One of them is damaged.
        ConfigError: A key in `release.authority` cannot be read.
    """
    trusted = {key.hex() for key in authorities(station, config)}
    with RecordReader(station) as reader:
        listed = _Listing(station, reader, trusted)
        found = [listed.product(one) for one in products(config).values()]
        unused = listed.unused()
    in_force = remembered(station, config).product
    return {"in_force": in_force, "authorities": sorted(trusted), "products": found, "unused": unused}


class _Listing:
    """One reading of a station directory."""

    def __init__(self, station: Path, reader: RecordReader, trusted: set[str]) -> None:
        self._station = station
        self._reader = reader
        self._trusted = trusted
        self._documents = DocumentStore(station)

    def product(self, product: Product) -> dict[str, object]:
        """What judges one product."""
        history = history_of(self._reader, product.name)
        now = history.now
        return {
            "product": product.name,
            "release": None if now is None or now.release is None else self._release(now.release),
            "settings": self._settings(product, now),
            "rollback": None if history.before is None else self._judged_by(history.before),
            "history": [self._step(step, record) for step, record in history.steps if step is not Step.CHANGEOVER],
        }

    def unused(self) -> list[str]:
        """Folders of releases that no record names, also none of a product that is gone from the settings."""
        released = (Released.of(one.fields) for one in self._reader.changes_of("recipe", IN_FORCE))
        named = {folder_of(self._station, one.document).name for one in released if one is not None}
        folders = (one for one in (self._station / FOLDER).glob("*") if (one / RELEASE_FILE).exists())
        return sorted(one.name for one in folders if one.name not in named)

    def _release(self, released: Released) -> dict[str, object]:
        document: dict[str, object] = {
            "digest": released.document,
            "folder": str(folder_of(self._station, released.document)),
            **dict.fromkeys(("model", "recipe", "why", "problem")),
        }
        try:
            found = read_released(self._station, released).document
        except ReleaseRefused as error:
            document["problem"] = {"message": error.message, "advice": error.advice}
        else:
            document |= {
                "model": {"name": found.model.name, "version": found.model.version},
                "recipe": {"name": found.recipe.name, "version": found.recipe.version},
                "why": found.why,
            }
        proposer = self._person(released.proposer, released.proposal, lambda data, key: open_proposal(data, key)[0].by)
        approver = self._person(released.approver, released.approval, lambda data, key: open_approval(data, key)[0].by)
        return document | {"proposer": proposer, "approver": approver}

    def _person(self, key: str, note: str, name: Callable[[bytes, Sequence[bytes]], str]) -> dict[str, object]:
        """Who signed, in the words of the note that records keep; no name where it is gone."""
        try:
            by: str | None = name(self._documents.get(note), [bytes.fromhex(key)])
        except (StoreError, EvidenceError) as error:
            log.info("who signed %s is not known any more: %s", note, error)
            by = None
        return {"name": by, "key": key, "trusted": key in self._trusted}

    def _settings(self, product: Product, now: JudgedBy | None) -> dict[str, object]:
        """What the files of the settings are, and whether they judge."""
        document: dict[str, object] = {
            "judge": now is None or now.release is None,
            **dict.fromkeys(("recipe", "model", "problem")),
        }
        try:
            document["recipe"] = Recipe.load(self._station / product.recipe).digest
            document["model"] = read_manifest(self._station / product.package).digest
        except InspectorError as error:
            document["problem"] = {"message": error.message, "advice": error.advice}
        return document

    def _judged_by(self, one: JudgedBy) -> dict[str, object]:
        release = None if one.release is None else self._release(one.release)
        return {"release": release, "recipe": one.recipe, "model": one.model}

    def _step(self, step: Step, record: StoredRecord) -> dict[str, object]:
        released, by = Released.of(record.fields), record.fields["by"]
        return {
            "record": record.seq,
            "time": utc(time_of(record)),
            "what": step.value,
            "release": None if released is None else released.document,
            "by": None if by is None else self._reader.staff_id(str(by)),
            "why": str(record.fields["why"]),
        }
