# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people do."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.scenario.belt import Part
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, disturbance

AGAIN_MS = 300.0


@disturbance("refed-rejects", "human", "somebody puts rejected parts on the belt again", Ends(), parts=0)
def _refed_rejects(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.lane

    def lane(part: Part, where: str) -> list[str]:
        if where == "reject" and hit(part) and not part.refed:
            rig.plant.feed_again(part)
        return inner(part, where)

    rig.plant.sensors.lane = lane


@disturbance(
    "shift-change",
    "human",
    "the shift is closed and the next one opened with parts on the belt",
    Ends(seen=("CLOSING",)),
)
def _shift_change(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    asked = ["", 0]

    def change() -> None:
        number = rig.person.ask("shift-close", operator="P-1", note="end of the early shift")
        asked[:] = [number, rig.station.starts]
        rig.schedule.after_ms(AGAIN_MS, open_next)

    def unanswered() -> bool:
        """The station has the request, and is still busy with other things."""
        number, starts = asked
        return bool(number) and rig.person.answer(str(number)) is None and rig.station.starts == starts

    def open_next() -> None:
        status = rig.person.status
        if status and status["shift"] is None:
            rig.person.ask("shift-open", lot="L-1", operator="P-3")
        elif unanswered() or status.get("state") != "RUNNING" or not rig.plant.ready:
            rig.schedule.after_ms(AGAIN_MS, open_next)
            return
        else:
            return
        rig.schedule.after_ms(AGAIN_MS, open_next)

    rig.once(hit, change)


@disturbance("hand-removed", "human", "somebody takes a part from the belt before the gate", Ends(), parts=2)
def _hand_removed(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def take(part: Part) -> None:
        rig.plant.belt.after(rig.plant.travel.gate / 2, lambda: rig.plant.remove(part))

    rig.when_fed(hit, take)
