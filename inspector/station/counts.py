# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts that do not come from the station's records, so that a part that is missing there shows.

Three kinds of counters watch the same parts: the plant's part counter at the sensor, the plant's lane sensors, and each
camera's own counter of edges on its trigger line. A counter says something about a shift only if it was followed over
all of it; one that was exchanged or started anew in between says nothing, and that is what the record then says.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inspector.evidence.record import clean_text
from inspector.line.entries import SENSOR
from inspector.store.read import RecordReader
from inspector.store.results import Position

INFEED, GOOD_LANE, REJECT_LANE = "infeed", "good_lane", "reject_lane"
_LANES = {GOOD_LANE: "good", REJECT_LANE: "reject"}


@dataclass(slots=True)
class Counter:
    """One counter.

    Attributes:
        name: Its name in the record.
        source: "plc", "lane" or "camera".
        simulated: No real machine is behind it.
        since: Identity of what counts: as long as it stays the same, the count only goes up.
        start: Its count before the first part of the range of the next seal, None when nobody knows.
        last: What it showed last.
    """

    name: str
    source: str
    simulated: bool = True
    since: str = ""
    start: int | None = None
    last: int | None = None

    def restarted(self, since: str) -> None:
        """It is another counter now, whose count has nothing to do with the former one."""
        self.since, self.start, self.last = since, None, None

    def shows(self, value: int, untouched: bool) -> None:
        """What it shows now; `untouched`: no part of the range has come yet, so that it may begin here."""
        if self.last is not None and value < self.last:
            self.start = None
        if self.start is None and untouched:
            self.start = value
        self.last = value

    def document(self, heard: bool) -> dict[str, object]:
        """Its entry in the record; without a count where it cannot be asked now."""
        end = self.last if heard else None
        return {
            "name": self.name,
            "source": self.source,
            "simulated": self.simulated,
            "since": self.since,
            "start": self.start,
            "end": end,
        }

    def counted(self, heard: bool) -> int | None:
        """How many it has seen in the range, None when that is not known."""
        return None if not heard or self.start is None or self.last is None else self.last - self.start


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the records of the range hold.

    Attributes:
        parts: Part records, challenge parts and the parts of gap records.
        bounces: Those of them that are no parts: the sensor switched once more.
        good: Outcome records that say good lane.
        unknown: A gap record says that nobody knows how many parts were not seen.
    """

    parts: int
    bounces: int
    good: int
    unknown: bool


@dataclass(frozen=True, slots=True)
class CountStatement:
    """What the counters say about a shift, as it goes into its records.

    Attributes:
        fields: The field `independent`.
        infeed: Parts by the plant's part counter, None when not known.
        recorded: Parts that the records account for.
        differences: Every difference in words; empty when all that is known agrees.
    """

    fields: dict[str, object]
    infeed: int | None
    recorded: int
    differences: tuple[str, ...]


class IndependentCounts:
    """The counters of a station. Used on its main thread.

    Args:
        cameras: Names of the cameras that are triggered by the line's sensor.
        previous: Field `independent` of the last shift-close record, if it has one.
        untouched: No part or gap record has been written since the last seal.
        infeed_start: The plant's count before the first part of this range, as the records tell it.
        boot: Identity of this run of the station.
    """

    def __init__(
        self,
        cameras: Iterable[str],
        previous: Mapping[str, object] | None,
        *,
        untouched: bool,
        infeed_start: int | None,
        boot: str,
    ) -> None:
        self._boot = boot
        self._openings = 0
        self._untouched = untouched
        self._plant = {
            INFEED: Counter(INFEED, "plc"),
            GOOD_LANE: Counter(GOOD_LANE, "lane"),
            REJECT_LANE: Counter(REJECT_LANE, "lane"),
        }
        self._cameras = {name: Counter(f"camera:{name}", "camera") for name in cameras}
        self._go_on_from(previous)
        infeed = self._plant[INFEED]
        if infeed.start is None:
            infeed.start = infeed_start

    def _go_on_from(self, previous: Mapping[str, object] | None) -> None:
        """A range begins where the one before ended, also when the station was restarted in between."""
        entries = previous.get("counters") if previous is not None else None
        for entry in entries if isinstance(entries, list) else []:
            counter = self._plant.get(str(entry["name"]))
            if counter is not None and isinstance(entry["end"], int):
                counter.since, counter.start, counter.last = str(entry["since"]), entry["end"], entry["end"]

    # What is heard

    def line_is(self, line_boot: str, simulated: bool) -> None:
        """This start of the line process adds up the lanes."""
        for name, counter in self._plant.items():
            counter.simulated = simulated
            if name in _LANES and counter.since != line_boot:
                counter.restarted(line_boot)

    def plant_shows(self, counts: object) -> None:
        """The plant's counts in a `line-state`."""
        if not isinstance(counts, dict):
            return
        for name, counter in self._plant.items():
            value = counts.get(_LANES.get(name, name))
            if isinstance(value, int):
                counter.shows(value, self._untouched)

    def edge(self, plc_count: int) -> None:
        """A trigger or gap that begins with this count of the plant has come."""
        infeed = self._plant[INFEED]
        if infeed.start is None and self._untouched:
            infeed.start = plc_count - 1
        self._untouched = False

    def camera_opened(self, name: str, simulated: bool) -> None:
        """A camera was opened: its counter starts somewhere."""
        counter = self._cameras.get(name)
        if counter is not None:
            self._openings += 1
            counter.simulated = simulated
            counter.restarted(f"{self._boot}-{self._openings}")

    def camera_shows(self, name: str, count: int | None) -> None:
        """A camera's count of edges on its trigger line."""
        counter = self._cameras.get(name)
        if counter is not None and count is not None:
            counter.shows(count, self._untouched)

    # What is said of it

    def statement(
        self, recorded: Recorded, removed_by_hand: int, *, plant_heard: bool, cameras_heard: frozenset[str]
    ) -> CountStatement:
        """Compare the counters with the records of the range.

        Args:
            recorded: What the records hold.
            removed_by_hand: Parts that people took off the belt, as the one who closes says.
            plant_heard: The plant is connected: its counts are of now.
            cameras_heard: Cameras whose counts are of now.
        """
        if recorded.unknown:
            self._plant[INFEED].start = None
        heard = {counter.name: plant_heard for counter in self._plant.values()}
        heard |= {counter.name: name in cameras_heard for name, counter in self._cameras.items()}
        counters = [*self._plant.values(), *self._cameras.values()]
        counted = {counter.name: counter.counted(heard[counter.name]) for counter in counters}
        differences, agree = _compare(counted, recorded, removed_by_hand)
        fields: dict[str, object] = {
            "counters": [counter.document(heard[counter.name]) for counter in counters],
            "bounces": recorded.bounces,
            "removed_by_hand": removed_by_hand,
            "differences": [
                {"between": between, "number": number, "words": clean_text(words)}
                for between, number, words in differences
            ],
            "established_by": agree,
        }
        words = tuple(words for _, _, words in differences)
        return CountStatement(fields, counted[INFEED], recorded.parts, words)

    def sealed(self) -> None:
        """The next range begins where this one ends."""
        self._untouched = True
        for counter in (*self._plant.values(), *self._cameras.values()):
            counter.start = counter.last


def recorded_since_seal(position: Position, reader: RecordReader) -> Recorded:
    """What the records since the last seal hold."""
    counts, outcomes = position.counts, position.counts["outcomes"]
    gaps = [record.fields for record in reader.gaps(from_seq=position.first)]
    return Recorded(
        parts=sum(int(str(counts.get(name, 0))) for name in ("parts", "challenge", "gap_parts")),
        bounces=sum(int(str(gap["count"])) for gap in gaps if gap["source"] == SENSOR),
        good=int(str(outcomes["good"])) if isinstance(outcomes, dict) else 0,
        unknown=any(gap["count"] == 0 for gap in gaps),
    )


def resume_counts(position: Position, reader: RecordReader, cameras: Iterable[str]) -> IndependentCounts:
    """Take up the counters where the records leave them.

    Args:
        position: How far the chain has come.
        reader: The records.
        cameras: Names of the cameras that are triggered by the line's sensor.
    """
    base = reader.last_plc_count(before_seq=position.first)
    if base is None:
        found = reader.first_plc_count(from_seq=position.first)
        base = None if found is None else found - 1
    closed = reader.latest(1, kind="shift-close")
    told = closed[0].fields["reconciliation"] if closed else None
    return IndependentCounts(
        cameras,
        told.get("independent") if isinstance(told, dict) else None,
        untouched=recorded_since_seal(position, reader).parts == 0,
        infeed_start=base,
        boot=secrets.token_hex(4),
    )


Difference = tuple[str, int, str]
"""Between what, how much, in words."""


def _compare(counted: Mapping[str, int | None], recorded: Recorded, removed: int) -> tuple[list[Difference], list[str]]:
    """All differences, and the names of the counts that show every recorded part and no other."""
    differences: list[Difference] = []
    agree: list[str] = []

    def against_records(name: str, number: int, what: str) -> None:
        if number:
            differences.append((f"{name}-records", number, f"{what} {_more_or_fewer(number)} than the records"))
        else:
            agree.append(name)

    infeed, good, reject = (counted[name] for name in (INFEED, GOOD_LANE, REJECT_LANE))
    if infeed is not None:
        against_records(INFEED, infeed - recorded.parts, "the plant's part counter shows")
    if good is not None and reject is not None:
        arrived = good + reject + removed
        number = arrived + recorded.bounces - recorded.parts
        against_records("lanes", number, "the lane sensors and what was removed by hand show")
        if infeed is not None and (missing := infeed - recorded.bounces - arrived):
            where = "reached no lane" if missing > 0 else "more reached a lane than the plant's part counter shows"
            differences.append(("infeed-lanes", missing, f"{_parts(missing)} {where}"))
        if number := good - recorded.good:
            words = f"the good lane's sensor shows {_more_or_fewer(number)} than the outcomes in the records"
            differences.append(("good_lane-outcomes", number, words))
    for name, edges in counted.items():
        if name.startswith("camera:") and edges is not None:
            # A bounce of a sensor that triggers the camera by wire may be counted there too.
            number = edges - recorded.parts
            number = 0 if -recorded.bounces <= number <= 0 else number + (recorded.bounces if number < 0 else 0)
            against_records(name, number, f"{name.replace(':', ' ')} counted")
    return differences, agree


def _parts(number: int) -> str:
    return "1 part" if abs(number) == 1 else f"{abs(number)} parts"


def _more_or_fewer(number: int) -> str:
    return f"{_parts(number)} {'more' if number > 0 else 'fewer'}"
