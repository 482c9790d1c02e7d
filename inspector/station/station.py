# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station: what it is made of, its beginning and end, its heartbeat, and who takes which message.

Triggers and frames come in, committed records and grants go out.

All state is changed on the main thread; the judge's thread and the writer's thread post their results into the same
inbox that the sockets fill. One thing goes directly from the writer's thread to the line: the grant of a PASS, right
after its commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from inspector.child import Child
from inspector.errors import ChannelError, DeviceError, InspectorError, StoreError
from inspector.ipc import Event, EventKind, Message
from inspector.part import Trigger
from inspector.station.alarm_desk import AlarmDesk
from inspector.station.alarms import AlarmBoard
from inspector.station.approval import ApprovalKeeper
from inspector.station.bypass import UNDECIDED_MS, BypassKeeper
from inspector.station.camera_desk import CameraDesk
from inspector.station.cameras import CameraLink, RingRegister
from inspector.station.challenges import ChallengeKeeper
from inspector.station.changeover import Changeover, Load, Loaded
from inspector.station.clock_watch import ClockWatch
from inspector.station.commands import Commands
from inspector.station.duplicates import Duplicates
from inspector.station.events import EventBus
from inspector.station.judge import PartResult
from inspector.station.keeping import RetentionKeeper
from inspector.station.keyring import Keyring
from inspector.station.maintenance_desk import MaintenanceDesk
from inspector.station.model import InForce, Rules
from inspector.station.part_course import PartCourse
from inspector.station.part_images import PartImages, image_store
from inspector.station.parts import PartTable
from inspector.station.people import PeopleKeeper
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.release_desk import ReleaseDesk
from inspector.station.reviews import ReviewDesk
from inspector.station.serial_desk import SerialDesk, reads_elsewhere
from inspector.station.settings_desk import SettingsDesk
from inspector.station.setup_watch import SetupWatch
from inspector.station.shifts import ShiftKeeper
from inspector.station.sight import Sight
from inspector.station.status import StatusMaker
from inspector.station.stop_latch import StopLatch
from inspector.station.take_over import TakeOverKeeper
from inspector.station.views import ViewCollector
from inspector.station.worker import JudgeWorker
from inspector.store.read import RecordReader
from inspector.store.writer import RecordWriter

log = logging.getLogger(__name__)

TICK_S = 0.005
FINISH_WITHIN_NS = 3_000_000_000
GIVE_UP_MS = 10_000
"""A detector that has hung this long is given up with the whole process."""


class Station:
    """One run of the station process.

    Args:
        child: Station directory, settings, run folder.
        writer: The opened record writer.
        rules: Model package and recipe that it starts with.
        load: Reads others, by the product's name in the settings and its release; if not given, from the disk.
    """

    def __init__(self, child: Child, writer: RecordWriter, rules: Rules, load: Load | None = None) -> None:
        self._child = child
        self._clock = child.clock
        self._writer = writer
        self._hub = child.hub("station")
        in_force = self._rules = InForce(rules)
        self._recorder = Recorder(writer, self._hub, self._clock, in_force)
        rings = RingRegister(child.run.path)
        links = [CameraLink(settings, rings, child.clock) for settings in child.config.cameras]
        self._cameras = {link.peer: link for link in links}
        self._alarms = AlarmBoard(self._recorder)
        self._alarm_desk = AlarmDesk(writer, self._recorder, child.clock)
        self._people = PeopleKeeper(child, writer, self._recorder, self._hub, self._alarms)
        self._setup = SetupWatch(child.station, child.config, in_force, writer, self._alarms)
        self._approval = ApprovalKeeper(child, writer, self._people)
        self._clock_watch = ClockWatch(child.clock, self._recorder, self._alarms)
        self._parts = PartTable()
        self._bypass = BypassKeeper(child, writer, self._recorder)
        self._challenge = ChallengeKeeper(child, writer, self._recorder, in_force, self._bypass.part)
        self._duplicates = Duplicates(
            child.station, in_force, lambda: self._challenge.serials, lambda: writer.position.first
        )
        names = [link.settings.name for link in links]
        self._views = ViewCollector(names, self._judged, read_elsewhere=reads_elsewhere(rules.recipe))
        self._serials = SerialDesk(in_force, child.config.scanner, self._views, self._clock, self._hub.post)
        self._worker = JudgeWorker(rules.make_judge, self._clock, self._views.add)
        self._sight = Sight(self._hub, self._clock, self._cameras, self._worker, self._views)
        self._images = image_store(child)
        self._bus = EventBus(self._hub, child.config.api.preview_hz)
        self._ready = ReadyKeeper(child, self._hub, self._cameras, self._worker)
        self._ready.scanner_away = self._serials.away
        self._ready.unapproved = self._approval.reasons
        self._settings = SettingsDesk(child, writer, self._people)
        self._ready.settings_wait = self._settings.reasons
        with RecordReader(child.station) as reader:
            self._stops = StopLatch(child.config.stops, writer, self._recorder, reader, child.clock)
        self._retention = RetentionKeeper(child, writer, self._images)
        self._shifts = ShiftKeeper(
            child,
            writer,
            self._recorder,
            in_force,
            self._ready,
            self._cameras,
            self._parts,
            self._stops,
            self._bypass,
            self._retention,
        )
        self._changeover = Changeover(
            child, self._hub, in_force, self._worker, self._ready, self._approval, self._setup, self._shifts, load
        )
        self._changeover.exchange = self._exchange
        self._keyring = Keyring(child, writer)
        self._maintenance = MaintenanceDesk(child, writer, self._recorder, self._hub, self._cameras)
        self._maintenance.connect(self._shifts, self._ready, self._people.still_here, self._stopped_by)
        self._status = StatusMaker(
            child,
            writer,
            self._hub,
            self._shifts,
            self._ready,
            self._cameras,
            in_force,
            self._challenge,
            self._bypass,
            self._keyring,
            self._people,
            self._alarms,
            self._alarm_desk,
            self._maintenance.manual,
        )
        self._commands = Commands(
            writer,
            self._hub,
            self._shifts,
            self._bus,
            self._status,
            self._challenge,
            self._bypass,
            self._keyring,
            self._retention,
            self._people,
            self._approval,
            self._settings,
            ReviewDesk(child.station, writer),
            self._alarm_desk,
            self._maintenance,
            TakeOverKeeper(child, writer, self._people, self._alarm_desk.codes),
            self._changeover,
            ReleaseDesk(child, in_force, self._approval, self._changeover),
        )
        self._part_images = PartImages(self._images, self._hub, self._recorder, self._parts, self._ready.disk)
        self._course = PartCourse(
            self._hub,
            self._recorder,
            self._parts,
            self._part_images,
            in_force,
            self._shifts,
            self._challenge,
            self._sight,
            self._serials,
            self._bus,
            self._stopped_by,
        )
        self._next_heartbeat_ns = 0
        self._take_messages()

    def _take_messages(self) -> None:
        """Who takes which message; what is left is a command."""
        desk = CameraDesk(self._hub, self._clock, self._sight, self._shifts, self._bypass, self._stopped_by, self._bus)
        self._own: dict[str, Callable[[Message], None]] = {
            "part-recorded": self._course.recorded,
            "image-done": self._part_images.done,
            "outcome-recorded": self._course.outcome_recorded,
            "gap-recorded": self._course.gap_recorded,
            "store-failed": self._on_store_failed,
            "desk-done": self._on_desk_done,
            "rules-loaded": lambda message: message["done"](message["answer"]),
            "scan": self._serials.scan,
            "scanner-state": self._serials.state,
        }
        self._from_line: dict[str, Callable[[Message], None]] = {
            "line-hello": self._on_line_hello,
            "line-state": self._on_line_state,
            "trigger": self._course.trigger,
            "outcome": self._course.outcome,
            "gap": self._course.gap,
            "answer": lambda message: self._maintenance.inquiries.answered("line", message),
        }
        self._from_camera: dict[str, Callable[[CameraLink, Message], None]] = {
            "camera-hello": desk.hello,
            "camera-state": desk.state,
            "frame": desk.frame,
            "answer": lambda link, message: self._maintenance.inquiries.answered(link.peer, message),
        }

    def run(self) -> None:
        """Work until the supervisor says stop.

        Raises:
            InspectorError: The model could not be loaded, or another thread of the station died.
        """
        try:
            self.start()
            while self._child.goes_on():
                self.step(self._hub.receive(TICK_S))
        finally:
            self.close()

    def start(self) -> None:
        """Record that the station runs, and let others connect."""
        self._keyring.started()
        self._part_images.account_for(self._writer.pending_images)
        with RecordReader(self._child.station) as reader:
            newest = reader.latest(1)
            self._alarm_desk.resume(reader, self._shifts.shift)
        self._shifts.started()
        self._setup.started(self._people.digest)
        self._approval.started()
        if newest:
            self._clock_watch.started(int(str(newest[0].fields["t_us"])))
        self._challenge.started()
        self._bypass.started()
        self._retention.started()
        self._people.started()
        self._maintenance.manual.started()
        self._serials.start()
        self._hub.listen()

    def step(self, event: Event | None) -> None:
        """Take up one event, or none, and do what is due.

        Raises:
            InspectorError: Another thread of the station died, or the store can be written again: start anew.
        """
        if event is not None:
            self._dispatch(event)
        now_ns = self._clock.monotonic_ns()
        self._serials.tick(now_ns)
        self._sight.tick(now_ns)
        overdue = self._parts.overdue(now_ns)
        if self._bypass.active:
            overdue = self._parts.undecided(now_ns + UNDECIDED_MS * 1_000_000)
        for part in overdue:
            part.decided = True
            self._views.give_up(part.trigger.key, "no verdict came from the detector")
        if now_ns >= self._next_heartbeat_ns:
            self._next_heartbeat_ns = now_ns + self._child.config.line.heartbeat_ms * 1_000_000
            self._heartbeat(now_ns)

    def _heartbeat(self, now_ns: int) -> None:
        self._bypass.tick()
        self._people.tick()
        self._maintenance.tick()
        self._clock_watch.look(self._shifts.shift.number)
        if not self._worker.alive() and not self._bypass.active:
            raise DeviceError(f"the judge's thread died: {self._worker.failure}", "Look at the model package")
        if self._worker.stuck_ms() > GIVE_UP_MS and not self._bypass.active:
            raise DeviceError(
                "the detector does not answer", "The station restarts; call maintenance if it comes again"
            )
        if not self._images.alive():
            raise StoreError("the thread that writes images died", "The station restarts")
        self._ready.images_full = self._images.full
        self._ready.scanner_away = self._serials.away
        self._ready.resynchronising = self._sight.resynchronising(now_ns)
        self._retry_store()
        self._ready.challenge_reasons = self._challenge.tick(self._shifts.shift)
        facts = self._status.facts()
        self._hub.send("line", {**self._shifts.tick(now_ns), **facts, "manual": self._maintenance.manual.active})
        self._alarm_desk.tick(self._shifts.reasons, self._status.warnings(), self._shifts.shift)
        lamps = {"ready": bool(self._ready.line_state.get("ready")), "warning": facts["warning"]}
        for peer in self._cameras:
            self._hub.send(peer, {"type": "lamps", **lamps})
        self._commands.tick()

    def _dispatch(self, event: Event) -> None:
        if event.kind is EventKind.CONNECTED:
            log.info("%s is here", event.peer)
        elif event.kind is EventKind.LOST:
            self._peer_lost(event.peer)
        else:
            try:
                self._message(event.peer, event.message)
            except (KeyError, TypeError, ValueError, OverflowError, ChannelError) as error:
                # Never the message itself: that of an unlock holds the passphrase.
                log.error("%s sent a %s message that is not one: %r", event.peer, event.message.get("type"), error)

    def _peer_lost(self, peer: str) -> None:
        log.warning("%s is gone", peer)
        self._bus.forget(peer)
        self._maintenance.lost(peer)
        if peer in self._cameras:
            self._cameras[peer].lost("its process does not answer")
            self._sight.reset(self._cameras[peer], "the camera was lost")
        elif peer == "line":
            self._ready.line_says({})

    def _message(self, peer: str, message: Message) -> None:
        kind = message["type"]
        if peer == "self":
            self._own[kind](message)
        elif peer == "line" and kind in self._from_line:
            self._from_line[kind](message)
        elif peer in self._cameras and kind in self._from_camera:
            self._from_camera[kind](self._cameras[peer], message)
        elif kind == "subscribe":
            names = message.get("events")
            self._bus.subscribe(peer, None if names is None else frozenset(str(name) for name in names))
        else:
            self._commands.handle(peer, message)

    # What no other takes

    def _on_line_state(self, message: Message) -> None:
        self._ready.line_says(message)
        if self._child.config.line.tracking != "station":  # else the line process counts, not the plant
            self._shifts.counts.plant_shows(message.get("counts"))
        self._stopped_by(self._stops.line_reasons(message.get("reasons")))

    def _on_line_hello(self, message: Message) -> None:
        self._shifts.line = {"backend": str(message["backend"]), "simulated": bool(message["simulated"])}
        self._shifts.counts.line_is(str(message["line_boot"]), bool(message["simulated"]))

    def _on_desk_done(self, message: Message) -> None:
        try:
            message["done"](message["answer"])
        except InspectorError as error:
            log.error("what was decided at the desk could not be recorded: %s", error)

    def _on_store_failed(self, message: Message) -> None:
        self._ready.store_failure = str(message["error"])

    # Inside

    def _exchange(self, loaded: Loaded) -> None:
        """Other rules are in force: everybody who keeps something of theirs takes up the new ones."""
        self._challenge.exchange(loaded.registered)
        self._views.exchange(read_elsewhere=reads_elsewhere(loaded.rules.recipe))
        self._serials.exchange()
        self._shifts.production.exchange(loaded.rules)

    def _judged(self, trigger: Trigger, result: PartResult) -> None:
        """All views of a part are there. From any thread."""
        self._challenge.judged(trigger, self._duplicates.checked(trigger, result))

    def _stopped_by(self, stopped: bool) -> None:
        """The line hears of a new stop at once, not with the next heartbeat."""
        if stopped:
            self._next_heartbeat_ns = 0

    def _retry_store(self) -> None:
        """Once there is space again, start anew: what the line could not tell us it then tells again."""
        if self._ready.store_failure and self._ready.disk.free_mb() > self._child.config.records.stop_below_mb:
            raise InspectorError(f"records could not be written: {self._ready.store_failure}", "The station restarts")

    def _finish_own_work(self) -> None:
        """Let records and images that are under way become durable; what is cut off here is recorded as lost later."""
        until_ns = self._clock.monotonic_ns() + FINISH_WITHIN_NS
        while self._parts.under_way(self._views.waiting()) and self._clock.monotonic_ns() < until_ns:
            event = self._hub.receive(TICK_S)
            if event is not None and event.peer == "self":
                self._dispatch(event)

    def threads_at_work(self) -> int:
        """How many of its threads have something to do."""
        return sum(not one.idle for one in (self._worker, self._writer, self._images))

    def close(self) -> None:
        """Let own work become durable, then end every thread."""
        self._serials.close()
        self._maintenance.manual.close()
        self._people.close()
        self._worker.close()
        self._finish_own_work()
        self._challenge.close()
        self._retention.close()
        self._images.close()
        self._status.close()
        self._shifts.close()
        self._keyring.close()
        self._writer.close()
        self._bus.close()
        for link in self._cameras.values():
            link.lost("the station ends")
        self._hub.close()
