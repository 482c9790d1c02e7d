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

from inspector.child import Child
from inspector.errors import InspectorError, NotFound, RoleRefused, ShiftError, StoreError
from inspector.evidence.record import clean_text
from inspector.ipc import Connections
from inspector.recipe.challenge_set import ChallengeSet
from inspector.station.approval import ApprovalKeeper
from inspector.station.judge import Judge
from inspector.station.model import InForce, Rules
from inspector.station.people import Answer, Person
from inspector.station.product_list import Listed, list_products
from inspector.station.ready import ReadyKeeper
from inspector.station.setup_watch import SetupWatch
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.station.worker import JudgeWorker

log = logging.getLogger(__name__)

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
    """Rules that fit the station, their challenge parts, and the judge that is warm."""

    rules: Rules
    registered: ChallengeSet | None
    judge: Judge


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
        load: Reads and checks the rules of a product, by its name; if not given, from the disk.

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
        load: Callable[[str], Rules] | None,
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
        self._load = load or partial(Rules.load, child.station, child.config)
        self._listed = list_products(child.station, child.config)

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
        self._shifts.shift.require(ShiftState.NONE)
        self._require_idle()
        if not person.user.strip():
            raise ShiftError("the operator must be given", "Type or scan the staff id")
        listed = self._listed.get(wanted.name)
        if listed is None:
            known = ", ".join(self._listed)
            raise NotFound(f"there is no released recipe {wanted.name!r}", f"Use one of: {known}")
        if listed.error is not None:
            raise listed.error
        if wanted.recipe not in ("", listed.recipe_digest):
            raise ShiftError("the recipe is another one than was shown", "Look at the list of recipes again")
        if reasons := self._approval.of_product(wanted.name):
            raise RoleRefused(f"recipe {listed.name}: {reasons[0].message}", reasons[0].advice)
        if wanted.name == self._rules.name:
            answer(self._answer(None))
            return
        self._worker.load(partial(self._prepare, wanted.name), partial(self._post, wanted, person, answer))
        self._ready.changing_to = listed.name
        log.warning("changing to recipe %s", listed.name)

    def loaded(self, wanted: Wanted, person: Person, answer: Answer, found: Loaded | InspectorError) -> None:
        """The judge's thread has loaded it, or could not.

        Raises:
            InspectorError: It is in force, and something about it could not be done or recorded: the station has to
                start anew, which completes it.
        """
        self._ready.changing_to = ""
        try:
            new, by, seq = self._put_in_force(wanted, person, found)
        except InspectorError as error:
            log.error("the changeover to %s did not happen: %s", wanted.name, error)
            if isinstance(error, StoreError):
                self._ready.store_failure = str(error)  # a new start reads back what the records say
            answer(error)
            return
        self._rules.rules = new.rules
        self._worker.exchange(new.judge)
        self.exchange(new)
        self._setup.complete(by, wanted.why)
        self._approval.set_up()
        log.warning("recipe %s is in force", new.rules.recipe.name)
        answer(self._answer(seq))

    # Inside

    def _require_idle(self) -> None:
        if self._ready.changing_to:
            raise ShiftError(f"a changeover to {self._ready.changing_to} is under way", "Wait until it is done")

    def _prepare(self, name: str) -> Loaded:
        """In the judge's thread, while the judge before is still there."""
        rules, listed = self._load(name), self._listed[name]
        if (rules.recipe.digest, rules.package.digest) != (listed.recipe_digest, listed.model_digest):
            message = f"recipe {listed.name} or its model is not what it was when the station started"
            raise ShiftError(message, "Restart the station, so that the change is recorded")
        return Loaded(rules, rules.challenge_set(self._station), rules.make_judge())

    def _post(self, wanted: Wanted, person: Person, answer: Answer, found: Loaded | InspectorError) -> None:
        done = partial(self.loaded, wanted, person, answer)
        self._hub.post({"type": "rules-loaded", "done": done, "answer": found})

    def _put_in_force(self, wanted: Wanted, person: Person, found: Loaded | InspectorError) -> tuple[Loaded, str, int]:
        if isinstance(found, InspectorError):
            raise found
        self._shifts.shift.require(ShiftState.NONE)
        by, seq = self._setup.put_in_force(found.rules, person.user.strip(), wanted.why)
        return found, by, seq

    def _blocked(self, one: Listed) -> dict[str, str] | None:
        """Why nobody can change over to it; None when somebody can."""
        if one.error is not None:
            return {"code": one.error.code, "message": one.error.message, "advice": one.error.advice}
        reasons = self._approval.of_product(one.product.name)
        return reasons[0].document() if reasons else None

    def _answer(self, seq: int | None) -> dict[str, object]:
        listed = self._listed[self._rules.name]
        return {"seq": seq, "changed": seq is not None, "recipe": listed.document()}
