# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts a release in force for the product that is in force, and goes back to what judged before, between two shifts.

Both are changeovers: what does not load leaves in force what was, and one record is the moment.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import NoReturn

from inspector.child import Child
from inspector.config import products
from inspector.errors import FormatInvalid, ReleaseRefused, RoleRefused
from inspector.evidence.record import clean_text
from inspector.release.document import REPORT_FILE
from inspector.release.folder import Release, read_release
from inspector.release.signatures import check_signatures
from inspector.station.approval import ApprovalKeeper
from inspector.station.changeover import Changeover, Loaded
from inspector.station.model import InForce, Rules
from inspector.station.people import Answer, Person
from inspector.station.product_list import list_products
from inspector.station.release_history import JudgedBy, Step, history_of
from inspector.station.releases import NAME_DIGITS, Released, authorities, folder_of
from inspector.store.read import RecordReader

_DIGEST = re.compile(r"[0-9a-f]{64}")


class ReleaseDesk:
    """Used on the main thread of the station only; releases are read in the judge's thread.

    Args:
        child: Station directory and settings.
        rules: What judges now.
        approval: Knows what waits for quality.
        changeover: Puts other rules in force.

    Raises:
        ConfigError: A key in `release.authority` cannot be read.
    """

    def __init__(self, child: Child, rules: InForce, approval: ApprovalKeeper, changeover: Changeover) -> None:
        self._station = child.station
        self._config = child.config
        self._rules = rules
        self._approval = approval
        self._changeover = changeover
        self._authorities = authorities(child.station, child.config)
        self._files = list_products(child.station, child.config, {})
        """The files of the settings as they were when the station started, whatever judges."""

    def activate(self, digest: str, person: Person, answer: Answer) -> None:
        """Put a release in force whose folder lies among the station's releases.

        Args:
            digest: SHA-256 of its `release.json`, hex.
            person: Who wants it.
            answer: Takes the result, or the InspectorError.

        Raises:
            FormatInvalid: That is no digest.
            ShiftError: A shift is open, a changeover is under way, or nobody is named.
            Overloaded: The judge's thread does not take it.
        """
        if not _DIGEST.fullmatch(digest):
            raise FormatInvalid("the release is not named by a SHA-256", "Use `inspector release activate`")
        self._changeover.require_free(person)
        now = self._rules.rules.release
        if now is not None and now.document == digest:
            answer(self._changeover.answer(None))
            return
        why = clean_text(f"{Step.ACTIVATION} of release {digest[:NAME_DIGITS]}")
        prepare = partial(self._prepare, digest, self._rules.name)
        self._changeover.take_up(self._rules.name, prepare, why, person, answer)

    def roll_back(self, product: str, why: str, person: Person, answer: Answer) -> None:
        """Go back to what judged the product in force before the release that judges it now.

        Args:
            product: Its name; empty: whichever is in force.
            why: The reason, for the record.
            person: Who wants it.
            answer: Takes the result, or the InspectorError.

        Raises:
            FormatInvalid: No reason is given.
            ReleaseRefused: It is another product, or there is nothing to go back to.
            RoleRefused: The files of the settings wait for approval.
            ShiftError: As `activate`.
            Overloaded: As `activate`.
        """
        if not why.strip():
            raise FormatInvalid("the reason is missing", "Say why, with `--why`")
        self._changeover.require_free(person)
        name = self._rules.name
        if product not in ("", name):
            self._refuse_other(product)
        with RecordReader(self._station) as reader:
            back = history_of(reader, name).before
        if back is None:
            raise ReleaseRefused(f"{name} is judged by the files of the settings", "There is nothing to roll back")
        if back.release is None and (reasons := self._approval.of_product(name)):
            raise RoleRefused(f"the files of {name} in the settings: {reasons[0].message}", reasons[0].advice)
        now = self._rules.rules.release
        from_ = "" if now is None else f" from release {now.document[:NAME_DIGITS]}"
        words = clean_text(f"{Step.ROLLBACK}{from_}: {why.strip()}")
        self._changeover.take_up(name, partial(self._prepare_back, name, back), words, person, answer)

    # In the judge's thread

    def _prepare(self, digest: str, product: str) -> Loaded:
        path = folder_of(self._station, digest)
        release = read_release(path)
        if release.digest != digest:
            raise ReleaseRefused(f"{path} holds another release", "Use `inspector release activate` with its folder")
        if not self._authorities:
            advice = "Name the public keys of people who may sign releases in release.authority of station.toml"
            raise ReleaseRefused("the settings of the station name nobody who may sign releases", advice)
        signed = check_signatures(release, self._authorities)
        if release.document.product != product:
            self._refuse_other(release.document.product)
        documents = self._documents(release)
        document, proposal, approval, report = (hashlib.sha256(data).hexdigest() for data in documents)
        released = Released(document, proposal, approval, report, signed.proposer.hex(), signed.approver.hex())
        return Loaded.of(self._changeover.load(product, released), self._station, documents)

    def _documents(self, release: Release) -> tuple[bytes, bytes, bytes, bytes]:
        """Those that the record names, in the order of its fields."""
        notes = release.proposal or b"", release.approval or b""  # both are there: the signatures were checked
        return release.data, *notes, release.file(REPORT_FILE)

    def _prepare_back(self, product: str, back: JudgedBy) -> Loaded:
        rules = self._changeover.load(product, back.release)
        if back.release is None:
            self._check_files(rules, back)
        return Loaded.of(rules, self._station)

    def _check_files(self, rules: Rules, back: JudgedBy) -> None:
        """The files must be those that have judged, or that a start of the station has found and recorded since."""
        now, name = (rules.recipe.digest, rules.package.digest), rules.product.name
        listed = self._files[name]
        recorded = bool(self._config.recipes) and now == (listed.recipe_digest, listed.model_digest)
        if now != (back.recipe, back.model) and not recorded:
            words = f"recipe {back.recipe[:8]} and model {back.model[:8]}"
            raise ReleaseRefused(
                f"the files of {name} in the settings are not those that judged before: {words}",
                f"Put them back; the recipe lies in documents/{back.recipe}. Or activate another release",
            )

    def _refuse_other(self, product: str) -> NoReturn:
        """Say what to do instead; raises ReleaseRefused."""
        known = products(self._config)
        if product in known:
            words = f"it is about {product}, and {self._rules.name} is in force"
            raise ReleaseRefused(words, f"Change over first: `inspector recipe change --to {product}`")
        names = ", ".join(known)
        raise ReleaseRefused(f"the station has no product {product}", f"It has: {names}")
