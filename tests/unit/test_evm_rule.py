# SPDX-License-Identifier: AGPL-3.0-or-later
"""Contract and log admit the same: random documents, right and wrong in every way, are put to both."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from inspector.errors import LedgerInconsistent, LedgerRefused
from inspector.evidence.keys import SigningKey
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.record import GENESIS, canonical
from inspector.evidence.rotation import Rotation, RotationDocument, open_rotation, sign_rotation
from inspector.evidence.seal import parse_document, sign_document
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.ledger import Document
from ledger_anchor.log.admission import Admission, Claim
from tests.evm_node import Registry, running_node
from tests.unit.test_directory_log import Shop

STATION = "press-7"
STEPS = 250


class Maker:
    """Makes documents around where the station is; half of them fit."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.keys = [SigningKey.generate() for _ in range(3)]
        self.key = self.keys[0]
        self.shift, self.first, self.prev_seal, self.head = 1, 1, GENESIS, 0
        shop = Shop(STATION, self.key)
        shop.grow()
        self._templates = {"head": parse_document(shop.head().data), "seal": parse_document(shop.seal().data)}
        self.made: list[Document] = []

    def make(self) -> Document:
        """Now and then one that was made before, also one that was refused."""
        if self.made and self.random.random() < 0.15:
            return self.random.choice(self.made)
        document = self._rotation() if self.random.random() < 0.15 else self._signed()
        self.made.append(document)
        return document

    def _wrong(self, right: int) -> int:
        return max(1, right + self.random.choice([0, 0, 0, 0, 0, -1, 1]))

    def _signed(self) -> Document:
        kind = self.random.choice(["head", "head", "seal"])
        count = max(1, self.head + self.random.choice([-1, 0, 1, 1, 2, 3]))
        values = {
            **self._templates[kind],
            "shift": self._wrong(self.shift),
            "first": self._wrong(self.first),
            "count": count,
            "prev_seal": self.prev_seal if self.random.random() < 0.9 else "ab" * 32,
            "root": self.random.randbytes(32).hex(),
        }
        return sign_document(canonical(values), self.key)

    def _rotation(self) -> Document:
        old = self.key if self.random.random() < 0.8 else self.random.choice(self.keys)
        new = self.random.choice([key for key in self.keys if key is not old])
        rotation = Rotation(STATION, old.public_key, new.public_key, self._wrong(self.shift), "a reason")
        return RotationDocument(sign_rotation(rotation, old, new))

    def take(self, document: Document) -> None:
        """Both admitted it."""
        claim = Claim.of(document)
        self.head = claim.count if claim.kind == "head" else 0
        if claim.kind == "seal":
            self.shift, self.first, self.prev_seal = claim.shift + 1, claim.first + claim.count, claim.digest
        if isinstance(document, RotationDocument):
            new = open_rotation(document.data).new
            (self.key,) = (key for key in self.keys if key.public_key == new)


def asked(admission: Admission, document: Document) -> str:
    """What the log says; it takes what it admits."""
    try:
        index = admission.find(document, Claim.of(document))
        if index is not None:
            return f"there already: {index}"
        admission.replay(document.leaf, len(admission._digests))
    except (LedgerRefused, LedgerInconsistent):
        return "refused"
    return "admitted"


@pytest.mark.parametrize("seed", [1, 2])
def test_contract_and_log_admit_the_same(seed: int, tmp_path: Path) -> None:
    with ExitStack() as undo:
        registry, maker = Registry(undo.enter_context(running_node()), tmp_path), Maker(seed)
        undo.callback(registry.close)
        keystore, account = registry.account()
        registry.register(STATION, maker.key.public_key, account)
        ledger = EvmLedger(registry.settings(keystore))
        undo.callback(ledger.close)
        admission = Admission({STATION: maker.key.public_key})
        answers: Counter[str] = Counter()
        for _ in range(STEPS):
            document = maker.make()
            claim = Claim.of(document)
            data = ledger._call(document, claim, station_id(STATION), leaf_hash(document.leaf))
            revert = registry.chain.dry_run(account.address, data)
            says = "admitted" if revert is None else "refused"
            if revert is not None and revert.name == "AlreadyAnchored":
                says = f"there already: {revert.values[0]}"
            assert says == asked(admission, document), (claim, revert)
            answers[revert.name if revert else f"{claim.kind} admitted"] += 1
            if revert is None:
                assert registry.transact(account, data, registry.address)["status"] == "0x1"
                maker.take(document)
    expected = {"head admitted", "seal admitted", "rotation admitted", "AlreadyAnchored", "Twin", "Gap", "Fork"}
    assert expected | {"CutOff", "ShiftSealed", "HeadBefore"} <= set(answers)
