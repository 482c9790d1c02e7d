# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes over to another released product, between two shifts: what does not load leaves in force what was.

The recipe and its model are loaded in the judge's thread while the old ones are still there. Then one record puts them
in force, and only then they judge: a station that is killed at any moment starts with what its records say.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from inspector.child import Child
from inspector.errors import InspectorError, NotFound, RoleRefused, ShiftError, StoreError
from inspector.evidence.record import clean_text
from inspector.ipc import Connections
from inspector.recipe.challenge_set import ChallengeSet
from inspector.station.approval import ApprovalKeeper
from inspector.station.in_force import remembered
from inspector.station.judge import Judge
from inspector.station.model import InForce, Rules
from inspector.station.people import Answer, Person
from inspector.station.product_list import Listed, list_products
from inspector.station.ready import ReadyKeeper
from inspector.station.releases import Released
from inspector.station.setup_watch import SetupWatch
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.station.worker import JudgeWorker

log = logging.getLogger(__name__)

Load = Callable[[str, Released | None], Rules]
"""Reads and checks the rules of a product, by its name in the settings and its release."""
LOOKED = "says that the product is this one, beside its picture or the part itself"
NOT_LOOKED = "has not compared it with the product"


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to be judged from now on.

    Attributes:
        name: Name of the product in the settings.
        recipe: SHA-256 of the recipe that the person was shown; empty: of none.
        code: The order or product code that was read or typed; may be empty.
        looked: Whether the person says that the product at the station is this one.
    """

    name: str
    recipe: str = ""
    code: str = ""
    looked: bool = False

    @property
    def why(self) -> str:
        """The reason, for the record."""
        order = f", code {self.code.strip()!r}" if self.code.strip() else ""
        return clean_text(f"changeover{order}; the person {LOOKED if self.looked else NOT_LOOKED}")


@dataclass(frozen=True)
class Loaded:
    """Rules that fit the station, their challenge parts, the judge that is warm, and what the record names anew."""

    rules: Rules
    registered: ChallengeSet | None
    judge: Judge
    documents: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, rules: Rules, station: Path, documents: tuple[bytes, ...] = ()) -> Loaded:
        """Load the rest, which takes seconds.

        Raises:
            RecipeError: The challenge parts do not fit.
            ModelRefused: The runtime does not take the model.
        """
        return cls(rules, rules.challenge_set(station), rules.make_judge(), documents)


class Changeover:
    """Used on the main thread of the station only.

    Args:
        child: Station directory and settings.
        hub: Takes what the judge's thread has loaded into the inbox of the main thread.
        rules: What judges now.
        worker: The judge's thread.
        ready: Says that a changeover is under way.
        approval: Knows what waits for quality.
        setup: Records what judges.
        shifts: Knows whether a shift is open.
        load: Reads and checks the rules of a product, by its name and its release; if not given, from the disk.

    Attributes:
        exchange: Called with what was loaded, once it is in force: everybody goes on with it.
    """

    def __init__(
        self,
        child: Child,
        hub: Connections,
        rules: InForce,
        worker: JudgeWorker,
        ready: ReadyKeeper,
        approval: ApprovalKeeper,
        setup: SetupWatch,
        shifts: ShiftKeeper,
        load: Load | None,
    ) -> None:
        self._station = child.station
        self._hub = hub
        self._rules = rules
        self._worker = worker
        self._ready = ready
        self._approval = approval
        self._setup = setup
        self._shifts = shifts
        self.exchange: Callable[[Loaded], None] = lambda _loaded: None
        self.load: Load = load or partial(Rules.load, child.station, child.config)
        known = remembered(child.station, child.config).releases
        self._listed = list_products(child.station, child.config, known)

    def document(self, code: str = "") -> dict[str, object]:
        """All products, the one in force, and which of them a code means."""
        return {
            "in_force": self._rules.name,
            "changing_to": self._ready.changing_to or None,
            "recipes": [
                {
                    **one.document(),
                    "in_force": one.product.name == self._rules.name,
                    "meant": one.product.is_meant(code.strip()),
                    "blocked": self._blocked(one),
                }
                for one in self._listed.values()
            ],
        }

    def begin(self, wanted: Wanted, person: Person, answer: Answer) -> None:
        """Begin to change over; the answer comes when it is done, or when it is not to be.

        Args:
            wanted: What is wanted.
            person: Who wants it.
            answer: Takes the result, or the InspectorError.

        Raises:
            ShiftError: A shift is open, a changeover is under way, nobody is named, or the recipe is another than was
                shown.
            NotFound: There is no such product.
            RoleRefused: Quality has not approved it.
            RecipeError: It could not be read when the station started.
            Overloaded: The judge's thread does not take it.
        """
        self.require_free(person)
        listed = self._listed.get(wanted.name)
        if listed is None:
            known = ", ".join(self._listed)
            raise NotFound(f"there is no released recipe {wanted.name!r}", f"Use one of: {known}")
        if listed.error is not None and listed.release is None:  # the folder of a release may have been put back
            raise listed.error
        if wanted.recipe not in ("", listed.recipe_digest):
            raise ShiftError("the recipe is another one than was shown", "Look at the list of recipes again")
        if reasons := self._approval.of_product(wanted.name):
            raise RoleRefused(f"recipe {listed.name}: {reasons[0].message}", reasons[0].advice)
        if wanted.name == self._rules.name:
            answer(self.answer(None))
            return
        self.take_up(listed.name, partial(self._prepare, listed), wanted.why, person, answer)

    def require_free(self, person: Person) -> None:
        """Refuse where nothing else can be put in force now, or by nobody.

        Raises:
            ShiftError: A shift is open, a changeover is under way, or nobody is named.
        """
        self._shifts.shift.require(ShiftState.NONE)
        if self._ready.changing_to:
            raise ShiftError(f"a changeover to {self._ready.changing_to} is under way", "Wait until it is done")
        if not person.user.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")

    def take_up(self, words: str, prepare: Callable[[], Loaded], why: str, person: Person, answer: Answer) -> None:
        """Load something and put it in force; the answer comes when it is done, or when it is not to be.

        Args:
            words: What is loaded, for people.
            prepare: Loads it, in the judge's thread; what it raises is the answer, and nothing has changed.
            why: The reason, for the record.
            person: Who wants it.
            answer: Takes the result, or the InspectorError.

        Raises:
            Overloaded: The judge's thread does not take it.
        """
        self._worker.load(prepare, partial(self._post, why, person, answer))
        self._ready.changing_to = words
        log.warning("changing to recipe %s", words)

    def loaded(self, why: str, person: Person, answer: Answer, found: Loaded | InspectorError) -> None:
        """The judge's thread has loaded it, or could not.

        Raises:
            InspectorError: It is in force, and something about it could not be done or recorded: the station has to
                start anew, which completes it.
        """
        self._ready.changing_to = ""
        try:
            new, by, seq = self._put_in_force(why, person, found)
        except InspectorError as error:
            log.error("a changeover did not happen: %s", error)
            if isinstance(error, StoreError):
                self._ready.store_failure = str(error)  # a new start reads back what the records say
            answer(error)
            return
        self._rules.rules = new.rules
        self._worker.exchange(new.judge)
        self._listed[self._rules.name] = Listed.of(new.rules)
        self.exchange(new)
        self._setup.complete(by, why)
        self._approval.set_up()
        log.warning("recipe %s is in force", new.rules.recipe.name)
        answer(self.answer(seq))

    def answer(self, seq: int | None) -> dict[str, object]:
        """What is in force, and the record that says so; None if it was in force before."""
        return {"seq": seq, "changed": seq is not None, "recipe": self._listed[self._rules.name].document()}

    # Inside

    def _prepare(self, listed: Listed) -> Loaded:
        """In the judge's thread, while the judge before is still there."""
        rules = self.load(listed.product.name, listed.release)
        now, was = (rules.recipe.digest, rules.package.digest), (listed.recipe_digest, listed.model_digest)
        if listed.release is None and now != was:
            message = f"recipe {listed.name} or its model is not what it was when the station started"
            raise ShiftError(message, "Restart the station, so that the change is recorded")
        return Loaded.of(rules, self._station)

    def _post(self, why: str, person: Person, answer: Answer, found: Loaded | InspectorError) -> None:
        done = partial(self.loaded, why, person, answer)
        self._hub.post({"type": "rules-loaded", "done": done, "answer": found})

    def _put_in_force(self, why: str, person: Person, found: Loaded | InspectorError) -> tuple[Loaded, str, int]:
        if isinstance(found, InspectorError):
            raise found
        self._shifts.shift.require(ShiftState.NONE)
        by, seq = self._setup.put_in_force(found.rules, person.user.strip(), why, found.documents)
        return found, by, seq

    def _blocked(self, one: Listed) -> dict[str, str] | None:
        """Why nobody can change over to it; None when somebody can."""
        if one.error is not None:
            return {"code": one.error.code, "message": one.error.message, "advice": one.error.advice}
        reasons = self._approval.of_product(one.product.name)
        return reasons[0].document() if reasons else None
