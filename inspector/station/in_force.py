# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which product is in force: the records are the memory, so that no file can say another thing than they do."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.config import Config, products
from inspector.evidence.record import clean_text
from inspector.station.model import InForce, Rules
from inspector.station.releases import Released
from inspector.store.database import DATABASE_NAME
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
    return digests_in(record.fields["new"])


def digests_in(words: object) -> tuple[str, str] | None:
    """Recipe and model in `old` or `new` of such a record."""
    found = _DIGESTS.search(str(words))
    return None if found is None else (found[1], found[2])


@dataclass(frozen=True, slots=True)
class Remembered:
    """What records say that a station judges by.

    Attributes:
        product: The product in force.
        releases: Product -> the release that it is judged by; those that are not here: by the files of the settings.
    """

    product: str
    releases: Mapping[str, Released]

    @property
    def release(self) -> Released | None:
        """That of the product in force."""
        return self.releases.get(self.product)


def remembered(station: Path, config: Config) -> Remembered:
    """What the station judges by when it starts.

    Args:
        station: Station directory.
        config: Its settings; the first product is in force if nobody has ever changed over, or if the one that was put
            in force last is not in the settings any more.

    Raises:
        StoreError: There are records, and they cannot be read: then nobody knows what judges.
        EvidenceError: One of them is damaged.
    """
    known = products(config)
    first = next(iter(known))
    if not (station / DATABASE_NAME).exists():
        return Remembered(first, {})
    with RecordReader(station) as reader:
        record, releases = newest(reader), releases_of(reader, known)
    name = product_of(record) if record is not None and product_of(record) in known else first
    return Remembered(name, releases)


def releases_of(reader: RecordReader, known: Container[str]) -> dict[str, Released]:
    """Product -> the release that it is judged by, for those of these that are judged by one."""
    newest_of = {product_of(one): one for one in reader.changes_of("recipe", IN_FORCE) if product_of(one) in known}
    found = {product: Released.of(record.fields) for product, record in newest_of.items()}
    return {product: one for product, one in found.items() if one is not None}


def load_in_force(station: Path, config: Config, product: str = "") -> Rules:
    """Load what judges a product: its release, or the files of the settings.

    Args:
        station: Station directory; the station may be running, or not.
        config: Its settings.
        product: Its name in the settings; empty: the one in force.

    Raises:
        StoreError: There are records, and they cannot be read: then nobody knows what judges.
        EvidenceError: One of them is damaged.
        ReleaseRefused: The folder of the release is missing or damaged.
        ModelRefused: The package is incomplete or damaged.
        RecipeError: The recipe is broken, or names classes that the model or cameras that the station has not.
    """
    known = remembered(station, config)
    name = product or known.product
    return Rules.load(station, config, name, known.releases.get(name))
