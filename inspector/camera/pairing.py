# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which frame shows which part: by counters and by time, and never "the latest frame".

The camera counts its exposures and the plant counts its parts; both are started by the same edge. Once one frame
is known to show one part, the difference of the two counts (the anchor) says which part each later frame has to
show, and the difference of the two times (the clock) says when it has to have been taken. A frame is paired only
when both agree. A hole in the frame ids is a lost frame: its part is MISSING_IMAGE and the following ones still
pair. When count and time contradict each other - the camera missed an edge, or exposed without one - nobody can say
which of the parts in flight is on which picture: all of them are UNTRACKED.

The anchor is learnt from one trigger and one frame that are alone. With camera timestamps the clock outlives a
contradiction, and the next frame that fits exactly one trigger sets the anchor again, on a running belt. Without
them a late frame cannot be told from a fresh one, so a pause of `quiet_ns` is waited for.

What is taken for granted: parts are at least two windows apart; two that are closer, and more than half a window
apart, are noticed, and both UNTRACKED. For that a frame far from the middle of its part's window waits for the
announcement of a part it could show better. While no clock is known, also: a frame arrives
within `quiet_ns` or never, a trigger is announced at most one window after the frame it caused, and a part that has
no frame is not followed, within the timeout, by an exposure that has no part.

Pure logic on times and counts: no clock is read and nothing waits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from inspector.camera.frame import FrameMeta
from inspector.camera.pairs import MissingImage, Orphan, Paired, Result, Untracked
from inspector.part import PartKey, Trigger

__all__ = ["MissingImage", "Orphan", "Paired", "Pairing", "Result", "Untracked"]

DRIFT = 1e-4  # two quartz clocks, 50 ppm each
REMEMBERED = 64
HELD_FRAMES = 16
TRUSTED_DOUBTS = 3
DISTRUST_NS = 20_000_000_000


@dataclass(frozen=True, slots=True)
class _Timebase:
    """`frame time - edge time` of frames that were paired.

    Attributes:
        offset_ns: Running mean.
        camera: Whether frame time is the camera's timestamp (else: arrival in the host).
        edge_ns: Edge time of the last pair.
    """

    offset_ns: int
    camera: bool
    edge_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A frame that waits for its trigger.

    Attributes:
        frame: The frame.
        since_ns: When we heard of it: after a hold-up of our own its trigger may still be on its way to us, however
            old the frame is.
    """

    frame: FrameMeta
    since_ns: int


class Pairing:
    """Pairs the triggers and frames of one camera.

    Every trigger comes back exactly once: in a `Paired`, a `MissingImage` or an `Untracked`. Every frame comes back
    exactly once: in a `Paired` or an `Orphan`. A trigger that is announced again is ignored.

    Args:
        window_ns: Largest difference between the expected and the real time of a frame.
        frame_timeout_ns: A trigger without a frame this long after its edge is MISSING_IMAGE.
        quiet_ns: Pause without triggers and frames after which a lone pair is unambiguous; twice the
            timeout if not given.

    Attributes:
        orphans: Frames without a part, since the start.
        contradictions: How often count and time disagreed, since the start.
    """

    _pending: dict[int, Trigger]
    _held: list[_Held]
    _recent: deque[Trigger]
    _newest: Trigger | None
    _anchor: int | None
    _timebase: _Timebase | None
    _activity_ns: int | None

    def __init__(self, window_ns: int, frame_timeout_ns: int, quiet_ns: int | None = None) -> None:
        self.window_ns = window_ns
        self.frame_timeout_ns = frame_timeout_ns
        self.quiet_ns = 2 * frame_timeout_ns if quiet_ns is None else quiet_ns
        self.orphans = 0
        self.contradictions = 0
        self._keys: deque[PartKey] = deque(maxlen=1024)
        self._measured: _Timebase | None = None
        self._forget()

    def on_trigger(self, trigger: Trigger, now_ns: int) -> list[Result]:
        """A part was announced.

        Args:
            trigger: The trigger. One that is not live is never paired.
            now_ns: The present time (`perf_counter_ns`).
        """
        if trigger.key in self._keys:
            return []
        self._keys.append(trigger.key)
        if not trigger.live and trigger.t_edge_ns > now_ns:
            return [Untracked(trigger, "announced again after the computer had started anew")]  # its times mean nothing
        previous, pairable = self._newest, self._pairable(trigger.t_edge_ns)
        if previous is not None and trigger.plc_count <= previous.plc_count:
            return self._count_went_back(trigger, previous, now_ns)
        self._newest = trigger
        if not trigger.live:
            return [self._untracked(trigger, "announced again after a lost connection")]
        self._pending[trigger.plc_count] = trigger
        if previous is not None and trigger.t_edge_ns - previous.t_edge_ns < 2 * self.window_ns:
            return self._contradiction("two parts too close together to be told apart", now_ns, doubt=False)
        if not pairable:
            return self._contradiction("waiting for a pause to find the first frame again", now_ns, doubt=False)
        if self._timebase is None:
            self._activity_ns = trigger.t_edge_ns
        return self._settle(now_ns)

    def on_frame(self, frame: FrameMeta, now_ns: int) -> list[Result]:
        """A frame was announced.

        Args:
            frame: The frame; also one whose pixels are bad, because it counts.
            now_ns: The present time (`perf_counter_ns`).
        """
        self._held.append(_Held(frame, now_ns))
        if len(self._held) > HELD_FRAMES:
            return self._contradiction("the camera exposes without triggers", now_ns)
        return self._settle(now_ns)

    def expire(self, now_ns: int) -> list[Result]:
        """Let time pass; call this at least every few ten milliseconds.

        Args:
            now_ns: The present time (`perf_counter_ns`).
        """
        results = self._settle(now_ns)
        for trigger in list(self._pending.values()):
            if now_ns - trigger.t_edge_ns > self.frame_timeout_ns:
                del self._pending[trigger.plc_count]
                self._remember(trigger)
                results.append(MissingImage(trigger, "no frame from the camera in time"))
        return results

    def reset(self, reason: str) -> list[Result]:
        """The camera starts anew (its frame ids too): nothing that was learnt holds any more.

        Args:
            reason: For the records of the parts in flight, which become MISSING_IMAGE.
        """
        results: list[Result] = [MissingImage(trigger, reason) for trigger in self._pending.values()]
        results += [self._orphan(held.frame, reason) for held in self._held]
        self._forget()
        return results

    def measured_clock(self, offset_ns: int, now_ns: int) -> None:
        """The camera's clock was compared with ours.

        A measurement that frames contradict again and again is left aside for a while: not every camera's latched
        time is that of its frames, and while it is, another way to match may be found.

        Args:
            offset_ns: Camera time of an exposure minus the time of its edge (`perf_counter_ns`), as measured.
            now_ns: The present time (`perf_counter_ns`).
        """
        if now_ns < self._distrusted_until_ns:
            return
        previous, self._measured = self._measured, _Timebase(offset_ns, camera=True, edge_ns=now_ns)
        if self._timebase is None or self._timebase is previous or self._set_anew(previous):
            self._timebase = self._measured

    def _set_anew(self, previous: _Timebase | None) -> bool:
        """Whether the camera's clock jumped between two measurements: what was learnt from frames is of the old one."""
        measured = self._measured
        if previous is None or measured is None:
            return False
        drift_ns = self._drift_ns(measured.edge_ns - previous.edge_ns)
        return abs(measured.offset_ns - previous.offset_ns) > self.window_ns + drift_ns

    def synchronised(self, now_ns: int) -> bool:
        """Whether a part that came now could be paired; if not, let the belt pause."""
        return self._pairable(now_ns)

    def _forget(self) -> None:
        self._pending = {}
        self._held = []
        self._recent = deque(maxlen=REMEMBERED)
        self._newest = None
        self._anchor = None
        self._timebase = None
        self._measured = None
        self._distrusted_until_ns = 0
        self._pairs = 0  # with this clock
        self._doubts = 0  # contradictions since the last pair
        self._activity_ns = None

    def _pairable(self, t_ns: int) -> bool:
        self._drop_stale_clock(t_ns)
        if self._timebase is not None:
            return True
        return self._activity_ns is None or t_ns - self._activity_ns >= self.quiet_ns + self.window_ns

    def _drop_stale_clock(self, t_ns: int) -> None:
        base = self._timebase
        if base is not None and base.camera and self._drift_ns(t_ns - base.edge_ns) > self.window_ns // 2:
            self._timebase = None
            self._pairs = 0
            self._activity_ns = base.edge_ns
            if base is not self._measured:
                self._timebase = self._measured
                self._drop_stale_clock(t_ns)

    def _count_went_back(self, trigger: Trigger, previous: Trigger, now_ns: int) -> list[Result]:
        results: list[Result] = []
        if trigger.t_edge_ns > previous.t_edge_ns:
            self._newest = trigger
            results += self._contradiction("the plant's part count went back", now_ns)
        return [*results, self._untracked(trigger, "announced out of order")]

    def _settle(self, now_ns: int) -> list[Result]:
        results: list[Result] = []
        for held in list(self._held):
            if held in self._held:  # else resolved by a contradiction that an earlier one revealed
                results += self._decide(held.frame, now_ns)
        return results

    def _decide(self, frame: FrameMeta, now_ns: int) -> list[Result]:
        base = self._timebase
        if base is None:
            return self._alone(frame, now_ns)
        if base.camera and not frame.t_camera_ns and base is self._measured:
            self._distrust(now_ns)
            return self._alone(frame, now_ns)
        if base.camera and not frame.t_camera_ns:
            return self._drop(frame, "without a timestamp")
        if self._anchor is None:
            return self._by_time(frame, now_ns)
        return self._by_count_and_time(frame, self._anchor, now_ns)

    def _alone(self, frame: FrameMeta, now_ns: int) -> list[Result]:
        """Learn from one trigger and one frame with nothing else around."""
        if len(self._held) > 1 or len(self._pending) > 1:
            return self._contradiction("more than one frame or part where one was expected", now_ns)
        if not self._pending:
            return [] if self._may_wait(frame, now_ns) else self._drop(frame, "no part was announced")
        trigger = next(iter(self._pending.values()))
        latency_ns = frame.t_host_ns - trigger.t_edge_ns
        expected = trigger.plc_count if self._anchor is None else frame.frame_id - self._anchor
        in_time = -self.window_ns <= latency_ns <= self.frame_timeout_ns
        if not in_time or expected != trigger.plc_count:
            return self._contradiction("the first frame does not fit the first part", now_ns)
        if now_ns < frame.t_host_ns + self.window_ns:
            return []  # another part may yet be announced that this frame could show
        return self._pair(trigger, frame)

    def _by_time(self, frame: FrameMeta, now_ns: int) -> list[Result]:
        """Find the anchor again: the clock is known and the frame fits exactly one part."""
        fitting = [trigger for trigger in self._pending.values() if self._fits(trigger, frame)]
        if len(fitting) == 1:
            return self._pair_when_sure(fitting[0], frame, now_ns)
        if fitting:
            return self._contradiction("a frame that fits several parts", now_ns)
        if any(self._fits(trigger, frame) for trigger in self._recent):
            return self._drop(frame, "its part is already decided")
        return [] if self._may_wait(frame, now_ns) else self._contradiction("a frame that fits no part", now_ns)

    def _by_count_and_time(self, frame: FrameMeta, anchor: int, now_ns: int) -> list[Result]:
        count = frame.frame_id - anchor
        trigger = self._pending.get(count)
        if trigger is not None and self._fits(trigger, frame):
            return self._pair_when_sure(trigger, frame, now_ns)
        if trigger is not None or any(self._fits(other, frame) for other in self._pending.values()):
            return self._contradiction(f"frame {frame.frame_id}: count and time name different parts", now_ns)
        if self._newest is not None and count <= self._newest.plc_count:
            return self._drop(frame, "its part is already decided or was never announced")
        if any(self._fits(other, frame) for other in self._recent):
            return self._contradiction(f"frame {frame.frame_id} is one too many for its part", now_ns)
        if self._may_wait(frame, now_ns):
            return []
        return self._contradiction(f"frame {frame.frame_id}: an exposure without a part", now_ns)

    def _fits(self, trigger: Trigger, frame: FrameMeta) -> bool:
        return self._within(self.window_ns, trigger, frame)

    def _within(self, window_ns: int, trigger: Trigger, frame: FrameMeta) -> bool:
        base = self._timebase
        if base is None or frame.t_host_ns < trigger.t_edge_ns - self.window_ns:
            return False
        taken_ns = frame.t_camera_ns if base.camera else frame.t_host_ns
        difference_ns = abs(taken_ns - trigger.t_edge_ns - base.offset_ns)
        drift_ns = self._drift_ns(abs(trigger.t_edge_ns - base.edge_ns)) if base.camera else 0
        return difference_ns <= window_ns + drift_ns

    @staticmethod
    def _drift_ns(age_ns: int) -> int:
        return int(age_ns * DRIFT)

    def _pair_when_sure(self, trigger: Trigger, frame: FrameMeta, now_ns: int) -> list[Result]:
        """Pair, but let a frame far from its part wait: it may be of another one, too close, that is yet unknown."""
        if not self._within(self.window_ns // 2, trigger, frame) and now_ns - self._since_ns(frame) < self.window_ns:
            return []
        return self._pair(trigger, frame)

    def _pair(self, trigger: Trigger, frame: FrameMeta) -> list[Result]:
        self._take(frame)
        del self._pending[trigger.plc_count]
        self._remember(trigger)
        self._anchor = frame.frame_id - trigger.plc_count
        base, camera = self._timebase, frame.t_camera_ns > 0
        offset_ns = (frame.t_camera_ns if camera else frame.t_host_ns) - trigger.t_edge_ns
        if base is not None and base.camera == camera:
            offset_ns = base.offset_ns + (offset_ns - base.offset_ns) // 4
        elif base is not None:
            offset_ns, camera = base.offset_ns, base.camera
        self._timebase = _Timebase(offset_ns, camera, trigger.t_edge_ns)
        self._pairs += 1
        self._doubts = 0
        return [Paired(trigger, frame)]

    def _contradiction(self, reason: str, now_ns: int, *, doubt: bool = True) -> list[Result]:
        """All parts in flight are UNTRACKED; `doubt` says that the clock may be to blame, and not only the belt."""
        results: list[Result] = [self._untracked(trigger, reason) for trigger in list(self._pending.values())]
        results += [self._orphan(held.frame, reason) for held in self._held]
        self._held = []
        self._anchor = None
        self.contradictions += 1
        base = self._timebase
        self._doubts += doubt and base is not None  # without a clock there is none to doubt
        if base is not None and base is self._measured and self._doubts > TRUSTED_DOUBTS:
            self._distrust(now_ns)
        if base is None or not base.camera or self._pairs < 2 or self._doubts > TRUSTED_DOUBTS:
            if base is not self._measured:
                self._doubts = 0  # they were about the other clock
            self._timebase = self._measured
            self._activity_ns = now_ns
            self._pairs = 0
        return results

    def _distrust(self, now_ns: int) -> None:
        self._measured = self._timebase = None
        self._doubts = 0
        self._distrusted_until_ns = now_ns + DISTRUST_NS

    def _may_wait(self, frame: FrameMeta, now_ns: int) -> bool:
        """Whether a trigger may still be announced that explains the frame."""
        return now_ns - self._since_ns(frame) <= self.frame_timeout_ns

    def _since_ns(self, frame: FrameMeta) -> int:
        return next((held.since_ns for held in self._held if held.frame is frame), frame.t_host_ns)

    def _untracked(self, trigger: Trigger, reason: str) -> Untracked:
        self._pending.pop(trigger.plc_count, None)
        self._remember(trigger)
        return Untracked(trigger, reason)

    def _remember(self, trigger: Trigger) -> None:
        self._recent.append(trigger)
        if self._timebase is None:
            self._activity_ns = max(self._activity_ns or 0, trigger.t_edge_ns)

    def _drop(self, frame: FrameMeta, reason: str) -> list[Result]:
        self._take(frame)
        return [self._orphan(frame, reason)]

    def _take(self, frame: FrameMeta) -> None:
        self._held = [held for held in self._held if held.frame is not frame]

    def _orphan(self, frame: FrameMeta, reason: str) -> Orphan:
        self.orphans += 1
        if self._timebase is None:
            self._activity_ns = max(self._activity_ns or 0, frame.t_host_ns)
        return Orphan(frame, reason)
