# SPDX-License-Identifier: AGPL-3.0-or-later
"""From triggers and frames to views: each camera has a pairing of its own, and what is paired goes to the judge.

Used on the main thread of the station.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from inspector.camera.frame import FrameMeta
from inspector.camera.pairing import Orphan, Paired, Result, Untracked
from inspector.clock import Clock
from inspector.ipc import Connections
from inspector.part import Frame, Trigger, Verdict
from inspector.station.cameras import CameraLink
from inspector.station.judge import not_seen
from inspector.station.views import ViewCollector
from inspector.station.worker import JudgeWorker, Task


class Sight:
    """What the cameras see of the parts.

    Args:
        hub: Connections to the camera processes.
        clock: The time of edges and deadlines.
        cameras: Cameras by peer name.
        worker: Judges the views.
        views: Collects their results.
    """

    def __init__(
        self, hub: Connections, clock: Clock, cameras: dict[str, CameraLink], worker: JudgeWorker, views: ViewCollector
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._cameras = cameras
        self._worker = worker
        self._views = views

    def trigger(self, trigger: Trigger, *, judged: bool) -> None:
        """A part was announced: every camera has to show it.

        Args:
            trigger: The part.
            judged: Whether its views are wanted. A part that is decided already counts all the same: what comes for
                it is not the picture of another part.
        """
        if judged:
            self._views.expect(trigger)
            for link in self._cameras.values():
                if link.settings.trigger == "software":
                    self._hub.send(link.peer, {"type": "trigger"})
        now_ns = self._clock.monotonic_ns()
        for link in self._cameras.values():
            self._settle(link, link.pairing.on_trigger(trigger, now_ns))

    def frame(self, link: CameraLink, meta: FrameMeta) -> None:
        """A frame has come from this camera's present ring."""
        self._settle(link, link.pairing.on_frame(meta, self._clock.monotonic_ns()))

    def reset(self, link: CameraLink, reason: str) -> None:
        """This camera starts anew or is gone; the other cameras' pictures stay matched."""
        self._settle(link, link.pairing.reset(reason))

    def tick(self, now_ns: int) -> None:
        """Let time pass: frames that do not come, and deadlines."""
        for link in self._cameras.values():
            self._settle(link, link.pairing.expire(now_ns))
        self._views.close_due(now_ns)

    def resynchronising(self, now_ns: int) -> list[str]:
        """Names of the cameras whose frames could not be matched now."""
        return [link.settings.name for link in self._cameras.values() if not link.pairing.synchronised(now_ns)]

    def _settle(self, link: CameraLink, results: Iterable[Result]) -> None:
        for result in results:
            if isinstance(result, Orphan):
                self._release(link, result.frame)
            elif isinstance(result, Paired):
                self._judge(link, result.trigger, result.frame)
            else:
                verdict = Verdict.UNTRACKED if isinstance(result, Untracked) else Verdict.MISSING_IMAGE
                self._unseen(link, result.trigger, verdict, result.reason)

    def _judge(self, link: CameraLink, trigger: Trigger, meta: FrameMeta) -> None:
        name = link.settings.name
        if meta.slot is None:
            self._unseen(link, trigger, Verdict.MISSING_IMAGE, f"no picture: {meta.bad}")
        elif not self._views.begin(trigger.key, name):
            self._release(link, meta)
        elif not self._worker.submit(Task(trigger, name, partial(self._take, link, meta))):
            self._release(link, meta)
            self._unseen(link, trigger, Verdict.LATE, "too many parts wait for the detector")

    def _unseen(self, link: CameraLink, trigger: Trigger, verdict: Verdict, reason: str) -> None:
        name = link.settings.name
        self._views.add(trigger.key, name, not_seen(verdict, reason, name))

    def _take(self, link: CameraLink, meta: FrameMeta) -> Frame | None:
        frame = link.take(meta)
        self._release(link, meta)
        return frame

    def _release(self, link: CameraLink, meta: FrameMeta) -> None:
        if meta.slot is not None:
            self._hub.send(link.peer, {"type": "release", "slot": meta.slot, "sequence": meta.sequence})
