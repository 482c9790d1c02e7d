# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manual mode: who may force outputs, for how long, and everything that ends it. Every step is a record.

Whoever holds an output has to say so again and again: a screen, an api or a program that is gone lets go of it
(docs/decisions, "Forced outputs").
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.child import Child
from inspector.errors import InspectorError, ManualRefused
from inspector.evidence.record import clean_text
from inspector.ipc import Connections, Message
from inspector.station.inquiries import Answer, Inquiries
from inspector.station.people import Person
from inspector.station.readiness import Reason
from inspector.station.recorder import Recorder
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

BEGIN, FORCE, RELEASE, END = "manual-begin", "manual-force", "manual-release", "manual-end"
LINE = "line"
LINE_WITHIN_MS = 1_000
HOLD_NS = 2_000_000_000
"""Who holds an output says so at least this often."""
CONTROL = "control:"
"""Programs of the command line: their manual mode ends with their connection."""


@dataclass
class _Manual:
    person: Person
    commitment: str
    peer: str
    reason: str
    begun_us: int
    used_ns: int
    holder: str = ""
    held_ns: int = 0
    forced: dict[str, tuple[bool, int]] = field(default_factory=dict)


class ManualKeeper:
    """Used on the main thread of the station.

    Args:
        child: Station directory, settings, time.
        writer: For the records of what people do, which are waited for.
        recorder: For the records of what ends by itself.
        hub: The way to the line process.
        inquiries: Questions to it.
        may_begin: Raises `ManualRefused` while parts may be on the line.
        still_here: Whether the session of a person lasts.
        tell: Has line and screens told at once.
    """

    def __init__(
        self,
        child: Child,
        writer: RecordWriter,
        recorder: Recorder,
        hub: Connections,
        inquiries: Inquiries,
        may_begin: Callable[[], None],
        still_here: Callable[[Person], bool],
        tell: Callable[[], None],
    ) -> None:
        self._settings = child.config.manual
        self._station = child.station
        self._clock = child.clock
        self._writer = writer
        self._recorder = recorder
        self._hub = hub
        self._inquiries = inquiries
        self._may_begin = may_begin
        self._still_here = still_here
        self._tell = tell
        self._now: _Manual | None = None

    def started(self) -> None:
        """What was in force when the station ended is not any more."""
        with RecordReader(self._station) as reader:
            steps = [str(record.fields["state"]) for record in reader.since_shift_open("state")]
        open_ones = [step for step in steps if step in (BEGIN, END)]
        if open_ones and open_ones[-1] == BEGIN:
            self._recorder.state(END, ["the station has started again"])

    @property
    def active(self) -> bool:
        """Whether manual mode is on: no shift opens, and Ready is off."""
        return self._now is not None

    def reasons(self) -> list[Reason]:
        """Why no shift can be opened."""
        now = self._now
        if now is None:
            return []
        words = f"MANUAL - outputs are forced by {now.person.user}"
        return [Reason("MANUAL", words, "end manual mode on the Service screen before a shift is opened")]

    def document(self) -> dict[str, object] | None:
        """Manual mode in the status document; None while it is off."""
        now = self._now
        if now is None:
            return None
        now_ns = self._clock.monotonic_ns()
        forced = [
            {"name": name, "on": on, "left_ms": max(0, until_ns - now_ns) // 1_000_000}
            for name, (on, until_ns) in now.forced.items()
        ]
        return {"by": now.person.user, "reason": now.reason, "begun_us": now.begun_us, "forced": forced}

    # What people do

    def begin(self, person: Person, reason: str, peer: str) -> dict[str, object]:
        """Switch to manual.

        Args:
            person: Who.
            reason: What for.
            peer: The connection.

        Raises:
            ManualRefused: A shift is open, it is on already, or something is not said.
            StoreError: It could not be recorded; nothing has changed then.
        """
        if self._now is not None:
            raise ManualRefused(f"manual mode is on already, by {self._now.person.user}", "Let them end it, or end it")
        if not person.user.strip() or not reason.strip():
            raise ManualRefused("who switches to manual and what for must be given", "Type both")
        self._may_begin()
        if LINE not in self._hub.peers():
            raise ManualRefused("the line process does not answer", "It restarts by itself; then try again")
        commitment = self._writer.commit_operator(person.user.strip()).result()
        fields = {"state": BEGIN, "reasons": [f"by {commitment}", clean_text(reason.strip())]}
        appended = self._writer.append("state", fields).result()
        utc_us, now_ns = self._clock.utc_us(), self._clock.monotonic_ns()
        self._now = _Manual(person, commitment, peer, reason.strip(), utc_us, now_ns)
        log.warning("manual mode begins")
        self._tell()
        return {"seq": appended.seq}

    def force(self, person: Person, name: str, on: bool, for_ms: int, peer: str, answer: Answer) -> None:
        """Force one output; it ends by itself.

        Args:
            person: Who; the one who has begun manual mode.
            name: Of the output, as the list of points has it.
            on: What it is forced to.
            for_ms: For so long, and no longer than the settings allow.
            peer: The connection, which has to say that it is still there: see `keep`.
            answer: Takes what became of it.

        Raises:
            ManualRefused: Manual mode is off, or somebody else's, or the time is too long.
            DeviceError: The line process is not connected.
        """
        now = self._mine(person)
        most_ms = self._settings.force_at_most_s * 1000
        if not 0 < for_ms <= most_ms:
            raise ManualRefused(f"an output is forced for 1 to {most_ms} ms", "See [manual] in docs/settings.md")
        level = "on" if on else "off"
        words = [f"by {now.commitment}", clean_text(f"{name} {level} for {for_ms} ms", 200)]
        appended = self._writer.append("state", {"state": FORCE, "reasons": words}).result()

        def answered(result: object) -> None:
            if isinstance(result, InspectorError):
                self._recorder.state(RELEASE, [clean_text(f"{name}: {result.message}")])
                answer(result)
            elif self._now is not now:
                self._hub.send(LINE, {"type": "force-end"})
                answer(ManualRefused("manual mode ended meanwhile", "Begin it again"))
            else:
                now.forced[name] = (on, self._clock.monotonic_ns() + for_ms * 1_000_000)
                answer({"seq": appended.seq, "output": name, "on": on, "for_ms": for_ms})

        now.holder, now.held_ns = peer, self._clock.monotonic_ns()
        question: Message = {"type": "force", "name": name, "on": on, "for_ms": for_ms}
        self._inquiries.ask(LINE, question, "the line process", LINE_WITHIN_MS, answered)

    def keep(self, person: Person, peer: str) -> dict[str, object]:
        """Who holds an output is still there. Nothing is prolonged beyond its time.

        Raises:
            ManualRefused: Manual mode is off, or somebody else's.
        """
        now = self._mine(person)
        now.holder, now.held_ns = peer, self._clock.monotonic_ns()
        return {"outputs": sorted(now.forced)}

    def let_go(self, person: Person) -> dict[str, object]:
        """End all forced outputs; manual mode goes on.

        Raises:
            ManualRefused: Manual mode is off, or somebody else's.
        """
        now = self._mine(person)
        outputs = sorted(now.forced)
        self._release("let go")
        return {"outputs": outputs}

    def end(self, person: Person) -> dict[str, object]:
        """End manual mode; also somebody else's.

        Raises:
            ManualRefused: It is not on.
        """
        if self._now is None:
            raise ManualRefused("manual mode is not on", "See the status")
        self._forget()
        commitment = self._writer.commit_operator(person.user.strip()).result()
        fields = {"state": END, "reasons": [f"by {commitment}", "ended"]}
        return {"seq": self._writer.append("state", fields).result().seq}

    # What ends it by itself

    def tick(self) -> None:
        """Once per heartbeat."""
        now = self._now
        if now is None:
            return
        now_ns = self._clock.monotonic_ns()
        self._expire(now)
        if now.forced and now_ns - now.held_ns > HOLD_NS:
            self._release("who held them does not answer any more")
        if not self._still_here(now.person):
            self._end("the session of who began it is over")
        elif now_ns - now.used_ns > self._settings.idle_min * 60_000_000_000:
            self._end("nobody used it for too long")

    def lost(self, peer: str) -> None:
        """A connection is gone: what it held ends, and a program's manual mode too."""
        now = self._now
        if now is None:
            return
        if peer == LINE and now.forced:
            self._release("the line process went away")
        elif peer == now.holder and now.forced:
            self._release(f"{peer.split(':')[0]} went away")
        if peer == now.peer and peer.startswith(CONTROL):
            self._end("the program that began it went away")

    def close(self) -> None:
        """The station ends."""
        if self._now is not None:
            self._end("the station ends")

    # Inside

    def _mine(self, person: Person) -> _Manual:
        now = self._now
        if now is None:
            raise ManualRefused("manual mode is not on", "Switch to manual first")
        if now.person.user != person.user:
            raise ManualRefused(f"manual mode is {now.person.user}'s", "Let them end it, or end it and begin your own")
        now.used_ns = self._clock.monotonic_ns()
        self._expire(now)
        return now

    def _expire(self, now: _Manual) -> None:
        """The line has let go of these by itself."""
        now_ns = self._clock.monotonic_ns()
        over = [name for name, (_, until_ns) in now.forced.items() if now_ns >= until_ns]
        for name in over:
            del now.forced[name]
        if over:
            self._recorder.state(RELEASE, [f"{', '.join(sorted(over))}: the time is over"])

    def _release(self, why: str) -> None:
        now = self._now
        self._hub.send(LINE, {"type": "force-end"})
        if now is not None and now.forced:
            self._recorder.state(RELEASE, [clean_text(f"{', '.join(sorted(now.forced))}: {why}")])
            now.forced.clear()

    def _forget(self) -> None:
        """The outputs fall first, whatever becomes of the record."""
        self._release("manual mode ends")
        self._now = None
        self._tell()

    def _end(self, why: str) -> None:
        self._forget()
        log.warning("manual mode is over: %s", why)
        self._recorder.state(END, [why])
