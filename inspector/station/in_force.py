# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which product is in force: the records are the memory, so that no file can say another thing than they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from inspector.config import Product
from inspector.errors import StoreError
from inspector.evidence.record import clean_text
from inspector.station.model import InForce, Rules
from inspector.store.queries.approvals import IN_FORCE
from inspector.store.read import RecordReader, StoredRecord

_DIGESTS = re.compile(r"recipe ([0-9a-f]{64}), model ([0-9a-f]{64})$")


def in_force_words(rules: Rules | InForce) -> str:
    """A product and what judges it, as `old` and `new` of such a record; `product_of` reads it."""
    recipe, package = rules.recipe, rules.package
    name = rules.name if isinstance(rules, InForce) else rules.product.name
    number = f", number {recipe.number}" if recipe.number else ""
    words = f"{name}: {recipe.name}, version {recipe.version}{number}; "
    return clean_text(f"{words}recipe {recipe.digest}, model {package.digest}")


def newest(reader: RecordReader) -> StoredRecord | None:
    """The newest record that puts a product in force."""
    return reader.newest_change("recipe", IN_FORCE)


def product_of(record: StoredRecord) -> str:
    """Name of the product that it puts in force."""
    return str(record.fields["new"]).partition(":")[0]


def digests_of(record: StoredRecord) -> tuple[str, str] | None:
    """Recipe and model that it puts in force."""
    found = _DIGESTS.search(str(record.fields["new"]))
    return None if found is None else (found[1], found[2])


def chosen(station: Path, known: Mapping[str, Product]) -> str:
    """Name of the product that the station starts with.

    Args:
        station: Station directory.
        known: The products of the settings, the first one first.

    Returns:
        The one that was put in force last; the first one if that is not in the settings any more, or nobody has
        ever changed over.
    """
    first = next(iter(known))
    try:
        with RecordReader(station) as reader:
            record = newest(reader)
    except StoreError:
        return first  # no records yet; damaged ones stop the writer, with better words
    return product_of(record) if record is not None and product_of(record) in known else first
