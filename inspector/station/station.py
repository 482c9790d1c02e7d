# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station: triggers and frames in, committed records and grants out.

All state is changed on the main thread; the judge's thread and the writer's thread post their results into the same
inbox that the sockets fill. One thing goes directly from the writer's thread to the line: the grant of a PASS, right
after its commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import ClassVar

from inspector.camera.frame import FrameMeta
from inspector.child import Child
from inspector.errors import ChannelError, DeviceError, InspectorError, StoreError
from inspector.ipc import Event, EventKind, Message
from inspector.part import Commanded, Confirmed, PixelFormat, Purpose, Trigger, Verdict
from inspector.station.alarms import AlarmBoard
from inspector.station.approval import ApprovalKeeper
from inspector.station.bypass import UNDECIDED_MS, BypassKeeper
from inspector.station.cameras import CameraLink, RingRegister
from inspector.station.challenges import ChallengeKeeper
from inspector.station.clock_watch import ClockWatch
from inspector.station.commands import Commands
from inspector.station.defect_class import defect_class
from inspector.station.duplicates import Duplicates
from inspector.station.events import EventBus
from inspector.station.judge import Hold, PartResult, View, not_seen
from inspector.station.keeping import RetentionKeeper
from inspector.station.keyring import Keyring
from inspector.station.model import Rules
from inspector.station.parts import PartInFlight, PartTable, key_of, trigger_of
from inspector.station.people import PeopleKeeper
from inspector.station.ready import ReadyKeeper
from inspector.station.recorder import Recorder
from inspector.station.serial_desk import SerialDesk, reads_elsewhere
from inspector.station.setup_watch import SetupWatch
from inspector.station.shift import ShiftState
from inspector.station.shifts import ShiftKeeper
from inspector.station.sight import Sight
from inspector.station.status import StatusMaker
from inspector.station.stop_latch import StopLatch
from inspector.station.stops import facts_of
from inspector.station.told import part_event, previews_of
from inspector.station.views import ViewCollector
from inspector.station.worker import JudgeWorker
from inspector.store.images import ImageStore, StoredImage
from inspector.store.read import RecordReader
from inspector.store.writer import Appended, RecordWriter

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
        rules: Model package and recipe.
    """

    def __init__(self, child: Child, writer: RecordWriter, rules: Rules) -> None:
        self._child = child
        self._clock = child.clock
        self._writer = writer
        self._hub = child.hub("station")
        self._recipe = rules.recipe
        self._recorder = Recorder(
            writer,
            self._hub,
            self._clock,
            model_digest=rules.package.digest,
            recipe_digest=rules.recipe.digest,
            defect_class=lambda result: defect_class(result, rules.recipe, rules.package.classes),
        )
        rings = RingRegister(child.run.path)
        links = [CameraLink(settings, rings, child.clock) for settings in child.config.cameras]
        self._cameras = {link.peer: link for link in links}
        self._alarms = AlarmBoard(self._recorder)
        self._people = PeopleKeeper(child, writer, self._recorder, self._hub, self._alarms)
        self._setup = SetupWatch(child.station, child.config, rules, writer, self._alarms)
        self._approval = ApprovalKeeper(child, writer, self._people)
        self._clock_watch = ClockWatch(child.clock, self._recorder, self._alarms)
        self._parts = PartTable()
        self._bypass = BypassKeeper(child, writer, self._recorder)
        self._challenge = ChallengeKeeper(child, writer, self._recorder, rules.recipe, self._bypass.part)
        self._duplicates = Duplicates(
            child.station, rules.recipe, self._challenge.serials, lambda: writer.position.first
        )
        names = [link.settings.name for link in links]
        self._views = ViewCollector(names, self._judged, read_elsewhere=reads_elsewhere(rules.recipe))
        self._serials = SerialDesk(rules.recipe, child.config.scanner, self._views, self._clock, self._hub.post)
        self._worker = JudgeWorker(rules.make_judge, self._clock, self._views.add)
        self._sight = Sight(self._hub, self._clock, self._cameras, self._worker, self._views)
        self._images = _image_store(child)
        self._bus = EventBus(self._hub, child.config.api.preview_hz)
        self._ready = ReadyKeeper(child, self._hub, self._cameras, self._worker)
        self._ready.scanner_away = self._serials.away
        self._ready.unapproved = self._approval.reasons
        with RecordReader(child.station) as reader:
            self._stops = StopLatch(child.config.stops, writer, self._recorder, reader, child.clock)
        self._retention = RetentionKeeper(child, writer, self._images)
        self._shifts = ShiftKeeper(
            child,
            writer,
            self._recorder,
            rules,
            self._ready,
            self._cameras,
            self._parts,
            self._stops,
            self._bypass,
            self._retention,
        )
        self._keyring = Keyring(child, writer)
        self._status = StatusMaker(
            child,
            writer,
            self._hub,
            self._shifts,
            self._ready,
            self._cameras,
            rules,
            self._challenge,
            self._bypass,
            self._keyring,
            self._people,
            self._alarms,
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
        )
        self._next_heartbeat_ns = 0

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
        self._account_for_lost_images()
        with RecordReader(self._child.station) as reader:
            newest = reader.latest(1)
        self._shifts.started()
        self._setup.started(self._people.digest)
        self._approval.started()
        if newest:
            self._clock_watch.started(int(str(newest[0].fields["t_us"])))
        self._challenge.started()
        self._bypass.started()
        self._retention.started()
        self._people.started()
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
        facts = self._facts()
        self._hub.send("line", {**self._shifts.tick(now_ns), **facts})
        lamps = {"ready": bool(self._ready.line_state.get("ready")), "warning": facts["warning"]}
        for peer in self._cameras:
            self._hub.send(peer, {"type": "lamps", **lamps})
        self._commands.tick()

    def _facts(self) -> Message:
        """What a plant's controller may show or check."""
        return {
            "recipe_number": self._recipe.number,
            "challenge_due": self._challenge.due,
            "bypass_active": self._bypass.active,
            "warning": bool(self._status.warnings()),
        }

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
        if peer in self._cameras:
            self._cameras[peer].lost("its process does not answer")
            self._sight.reset(self._cameras[peer], "the camera was lost")
        elif peer == "line":
            self._ready.line_says({})

    def _message(self, peer: str, message: Message) -> None:
        kind = message["type"]
        if peer == "self":
            self._own[kind](self, message)
        elif peer == "line" and kind in self._from_line:
            self._from_line[kind](self, message)
        elif peer in self._cameras and kind in self._from_camera:
            self._from_camera[kind](self, self._cameras[peer], message)
        elif kind == "subscribe":
            names = message.get("events")
            self._bus.subscribe(peer, None if names is None else frozenset(str(name) for name in names))
        else:
            self._commands.handle(peer, message)

    # From the line process

    def _on_trigger(self, message: Message) -> None:
        trigger = trigger_of(message)
        part = self._parts.get(trigger.key)
        if part is not None:
            if part.record:
                self._acknowledge(trigger)  # the first one was lost with its connection
            return
        part = self._parts.add(trigger)
        self._shifts.counts.edge(trigger.plc_count)
        if not trigger.live:
            part.turned_away = True
            reason = "the station was not there when the part passed"
            self._decide(trigger, not_seen(Verdict.ERROR, reason, hold=Hold.ALWAYS))
        elif reason := self._shifts.not_judging():
            part.turned_away = True
            self._decide(trigger, not_seen(Verdict.ERROR, f"not ready: {reason}", hold=self._shifts.hold()))
        self._sight.trigger(trigger, judged=not part.decided)
        self._serials.trigger(trigger)

    def _on_outcome(self, message: Message) -> None:
        key = key_of(message)
        part = self._parts.get(key)
        if part is None:
            # The part record is from an earlier run of the station; without one the trigger comes first again.
            known = self._shifts.part_record(key)
            if known:
                self._recorder.outcome(key, known, message)
            return
        part.outcome = message
        if part.record:
            self._recorder.outcome(key, part.record, message)

    def _on_gap(self, message: Message) -> None:
        if message["first_plc_count"] is not None:
            self._shifts.counts.edge(int(message["first_plc_count"]))
        self._recorder.gap(message)

    def _on_line_state(self, message: Message) -> None:
        self._ready.line_says(message)
        if self._child.config.line.tracking != "station":  # else the line process counts, not the plant
            self._shifts.counts.plant_shows(message.get("counts"))
        self._stopped_by(self._stops.line_reasons(message.get("reasons")))

    def _on_line_hello(self, message: Message) -> None:
        self._shifts.line = {"backend": str(message["backend"]), "simulated": bool(message["simulated"])}
        self._shifts.counts.line_is(str(message["line_boot"]), bool(message["simulated"]))

    # From camera processes

    def _on_camera_hello(self, link: CameraLink, message: Message) -> None:
        self._sight.reset(link, "the camera started anew")
        try:
            answer = link.hello(message)
        except DeviceError as error:
            link.lost(error.message)
            return
        self._shifts.counts.camera_opened(link.settings.name, link.simulated)
        self._hub.send(link.peer, answer)

    def _on_camera_state(self, link: CameraLink, message: Message) -> None:
        was_ready = link.ready
        link.state(message)
        self._shifts.counts.camera_shows(link.settings.name, link.line_count)
        in_shift = self._shifts.shift.state is not ShiftState.NONE
        self._shifts.triggers.camera_shows(link.settings.name, link.missed_triggers, in_shift)
        if was_ready and not link.ready:
            self._sight.reset(link, f"the camera was lost: {link.reason}")
        offset_ns = message.get("clock_offset_ns")
        if link.ready and isinstance(offset_ns, int):
            link.pairing.measured_clock(offset_ns, self._clock.monotonic_ns())

    def _on_frame(self, link: CameraLink, message: Message) -> None:
        meta = FrameMeta.from_message(message)
        if link.is_current(meta):
            counts = self._shifts.shift.state is not ShiftState.NONE and not self._bypass.active
            self._stopped_by(counts and self._stops.frame(link.settings.name, meta.bad))
            self._sight.frame(link, meta)

    def _judged(self, trigger: Trigger, result: PartResult) -> None:
        """All views of a part are there. From any thread."""
        self._challenge.judged(trigger, self._duplicates.checked(trigger, result))

    def _decide(self, trigger: Trigger, result: PartResult) -> None:
        part = self._parts.get(trigger.key)
        if part is not None and not part.decided:
            part.decided = True
            self._challenge.judged(trigger, result)

    def _counts_for_stops(self, part: PartInFlight) -> bool:
        """What is rejected because nobody was to judge it, or until a challenge is passed, says nothing of the line."""
        in_shift = self._shifts.shift.state is not ShiftState.NONE
        return in_shift and not part.turned_away and not self._challenge.closed

    def _stopped_by(self, stopped: bool) -> None:
        """The line hears of a new stop at once, not with the next heartbeat."""
        if stopped:
            self._next_heartbeat_ns = 0

    # Results of our own threads

    def _on_part_recorded(self, message: Message) -> None:
        trigger: Trigger = message["trigger"]
        result: PartResult = message["result"]
        appended: Appended = message["appended"]
        self._acknowledge(trigger)
        part = self._parts.get(trigger.key) or PartInFlight(trigger)
        of_an_earlier_run = appended.existing and not part.record
        part.decided, part.record, part.purpose = True, appended.hash, result.purpose
        if not appended.existing:
            if result.purpose is Purpose.CHALLENGE:
                self._challenge.part(appended.hash, trigger, result)
            else:
                self._shifts.statistics.part(result.verdict, message["latency_us"])
                if self._counts_for_stops(part) and result.verdict is not Verdict.BYPASSED:
                    self._stopped_by(self._stops.part(facts_of(trigger, result, message["latency_us"])))
            for view in result.views:
                self._keep_image(part, view)
            self._tell(trigger, result, appended)
        if part.outcome is not None:
            self._recorder.outcome(trigger.key, part.record, part.outcome)
        elif of_an_earlier_run:
            self._parts.forget(trigger.key)  # an outcome that is still to come finds its record in the store

    def _acknowledge(self, trigger: Trigger) -> None:
        key = [trigger.key.line_boot, trigger.key.part_seq]
        self._hub.send("line", {"type": "ack", "kind": "trigger", "key": key})

    def _keep_image(self, part: PartInFlight, view: View) -> None:
        if view.frame is None or view.image_digest is None:
            return
        part.images += 1
        frame, digest = view.frame, view.image_digest
        future = self._images.submit(digest, frame.pixel_format, frame.pixels)
        message = {"type": "image-done", "key": part.trigger.key, "view": (part.record, view.camera, digest)}
        future.add_done_callback(lambda done: self._hub.post({**message, "future": done}))

    def _on_image_done(self, message: Message) -> None:
        future: Future[StoredImage] = message["future"]
        record, camera, digest = message["view"]
        error = future.exception()
        if error is None:
            stored = future.result()
            self._recorder.image_stored(record, camera, digest, stored.file_sha256, stored.size)
            self._ready.disk.stored(stored.size)
        else:
            log.error("an image was lost: %s", error)
            self._recorder.image_lost(record, camera, digest, str(error))
        self._images.recorded(digest)
        part = self._parts.get(message["key"])
        if part is not None:
            part.images -= 1
            self._parts.forget_if_done(message["key"])

    def _on_outcome_recorded(self, message: Message) -> None:
        key, fields = message["key"], message["fields"]
        self._hub.send("line", {"type": "ack", "kind": "outcome", "key": [key.line_boot, key.part_seq]})
        part = self._parts.get(key)
        if not message["existing"]:
            commanded, confirmed = Commanded(fields["commanded"]), Confirmed(fields["confirmed"])
            if part is not None and part.purpose is Purpose.CHALLENGE:
                self._challenge.outcome(fields["part"], confirmed)
            else:
                self._shifts.statistics.outcome(commanded, confirmed)
            if self._shifts.shift.state is not ShiftState.NONE:
                self._stopped_by(self._stops.outcome(key, commanded, confirmed))
            self._bus.publish("outcome", {name: fields[name] for name in ("key", "commanded", "confirmed", "reason")})
        if part is not None:
            part.outcome_done = True
            self._parts.forget_if_done(key)

    def _on_gap_recorded(self, message: Message) -> None:
        self._hub.send("line", message["ack"])

    def _on_scan(self, message: Message) -> None:
        self._serials.scan(message)

    def _on_scanner_state(self, message: Message) -> None:
        self._serials.state(message)

    def _on_desk_done(self, message: Message) -> None:
        try:
            message["done"](message["answer"])
        except InspectorError as error:
            log.error("what was decided at the desk could not be recorded: %s", error)

    def _on_store_failed(self, message: Message) -> None:
        self._ready.store_failure = str(message["error"])

    def _tell(self, trigger: Trigger, result: PartResult, appended: Appended) -> None:
        self._bus.publish("part", part_event(trigger, result, appended, self._recipe))
        for preview in previews_of(trigger, result, self._recipe):
            self._bus.show(preview)

    def _account_for_lost_images(self) -> None:
        for pending in self._writer.pending_images:
            stored = self._images.find(pending.image_digest, PixelFormat(pending.pixel_format))
            if stored is None:
                reason = "the station stopped before the image was on disk"
                self._recorder.image_lost(pending.part, pending.camera, pending.image_digest, reason)
            else:
                self._recorder.image_stored(
                    pending.part, pending.camera, pending.image_digest, stored.file_sha256, stored.size
                )

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

    _own: ClassVar[dict[str, Callable[[Station, Message], None]]] = {
        "part-recorded": _on_part_recorded,
        "image-done": _on_image_done,
        "outcome-recorded": _on_outcome_recorded,
        "gap-recorded": _on_gap_recorded,
        "store-failed": _on_store_failed,
        "desk-done": _on_desk_done,
        "scan": _on_scan,
        "scanner-state": _on_scanner_state,
    }
    _from_line: ClassVar[dict[str, Callable[[Station, Message], None]]] = {
        "line-hello": _on_line_hello,
        "line-state": _on_line_state,
        "trigger": _on_trigger,
        "outcome": _on_outcome,
        "gap": _on_gap,
    }
    _from_camera: ClassVar[dict[str, Callable[[Station, CameraLink, Message], None]]] = {
        "camera-hello": _on_camera_hello,
        "camera-state": _on_camera_state,
        "frame": _on_frame,
    }


def _image_store(child: Child) -> ImageStore:
    settings = child.config.images
    return ImageStore(
        child.station, png_level=settings.png_level, encoders=settings.encoders, queue_mb=settings.queue_mb
    )
