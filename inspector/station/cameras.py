# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's side of one camera process: its ring, its identity, and which frame belongs to which trigger."""

from __future__ import annotations

import itertools
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inspector.camera.frame import FrameMeta
from inspector.camera.pairing import Pairing
from inspector.camera.ring import Ring, remove_stale
from inspector.clock import Clock
from inspector.config import CameraSettings
from inspector.errors import ChannelError, DeviceError
from inspector.ipc import Message
from inspector.ipc.rundir import write_private
from inspector.part import Frame, PixelFormat

log = logging.getLogger(__name__)

SILENT_NS = 3_000_000_000
"""Six periods of `camera-state`."""


@dataclass(frozen=True, slots=True)
class CameraIdentity:
    """What `shift-open` says about a camera."""

    fields: dict[str, object]
    settings_text: str


class RingRegister:
    """Creates rings and remembers their names in a state file, so that a killed station leaves no memory behind.

    Args:
        run: The run folder; what an earlier station left there is removed first.
    """

    def __init__(self, run: Path) -> None:
        self._path = run / "rings.json"
        self._generations = itertools.count(1)
        self._names: list[str] = []
        try:
            names = json.loads(self._path.read_bytes())
        except (FileNotFoundError, ValueError):
            names = []  # nothing was left, or power was lost: then the memory is gone too
        if isinstance(names, list):
            remove_stale(str(name) for name in names)
        self._try_to_save()

    def create(self, slots: int, slot_bytes: int) -> Ring:
        """Make a ring whose name is on file from now on.

        Raises:
            DeviceError: There is not enough shared memory, or no space for its name.
        """
        ring = Ring.create(slots, slot_bytes, next(self._generations))
        self._names.append(ring.name)
        try:
            self._save()
        except OSError as error:
            self.remove(ring)
            raise DeviceError(f"{self._path} cannot be written: {error.strerror}", "Free disk space") from error
        return ring

    def remove(self, ring: Ring) -> None:
        """Unlink a ring and forget it."""
        ring.close()
        ring.unlink()
        self._names.remove(ring.name)
        self._try_to_save()

    def _try_to_save(self) -> None:
        """A name too many in the file does no harm: its memory is gone already."""
        try:
            self._save()
        except OSError as error:
            log.error("%s cannot be written: %s", self._path, error)

    def _save(self) -> None:
        write_private(self._path, json.dumps(self._names).encode())


class CameraLink:
    """One camera process as the station sees it.

    Args:
        settings: Its table in `station.toml`.
        rings: Where rings are made.
        clock: Time.

    Attributes:
        pairing: Says which of its frames shows which part.
    """

    def __init__(self, settings: CameraSettings, rings: RingRegister, clock: Clock) -> None:
        self.settings = settings
        self.peer = f"camera:{settings.name}"
        self.identity: CameraIdentity | None = None
        self.ready = False
        self.reason = "has not connected yet"
        self.line_count: int | None = None
        self.missed_triggers: int | None = None
        self.pairing = Pairing(settings.pairing_window_ms * 1_000_000, settings.frame_timeout_ms * 1_000_000)
        self._heard_ns = 0
        self._clock = clock
        self._rings = rings
        self._ring: Ring | None = None

    @property
    def simulated(self) -> bool:
        """True for our own simulated camera."""
        return self.identity is not None and bool(self.identity.fields["simulated"])

    def hello(self, message: Message) -> Message:
        """Take up a camera that has just opened its device; the answer names its new ring.

        Raises:
            DeviceError: There is not enough shared memory.
            ChannelError: The message is not what it should be.
        """
        self.lost("starts")
        try:
            self.identity = _identity(self.settings.name, message)
            slot_bytes = int(message["slot_bytes"])
        except (KeyError, TypeError, ValueError) as error:
            raise ChannelError(f"camera {self.settings.name} introduced itself wrongly: {error!r}") from error
        self._ring = self._rings.create(self.settings.ring_slots, slot_bytes)
        return {
            "type": "ring",
            "name": self._ring.name,
            "slots": self._ring.slots,
            "slot_bytes": self._ring.slot_bytes,
            "generation": self._ring.generation,
        }

    def state(self, message: Message) -> None:
        """Take up a `camera-state`."""
        self._heard_ns = self._clock.monotonic_ns()
        self.ready = bool(message.get("ready")) and self._ring is not None
        self.reason = str(message.get("reason") or "")
        count, missed = message.get("line_count"), message.get("missed_triggers")
        self.line_count = count if isinstance(count, int) else None
        self.missed_triggers = missed if isinstance(missed, int) else None

    def silent(self) -> bool:
        """Whether a camera that says to be ready has not said so for long: its process hangs."""
        return self.ready and self._clock.monotonic_ns() - self._heard_ns > SILENT_NS

    def lost(self, why: str) -> None:
        """The process or its device is gone: its ring with it, so that no old frame is ever taken."""
        self.ready = False
        self.reason = why
        if self._ring is not None:
            self._rings.remove(self._ring)
            self._ring = None

    def is_current(self, meta: FrameMeta) -> bool:
        """Whether a frame was written into the present ring."""
        return self._ring is not None and meta.generation == self._ring.generation

    def take(self, meta: FrameMeta) -> Frame | None:
        """Copy a frame out of the ring; None when the slot holds another one by now.

        The copy is the station's own: the slot can be released at once, and what is hashed, judged and stored are
        the same bytes.
        """
        ring = self._ring
        if ring is None or meta.slot is None or meta.sequence is None or not self.is_current(meta):
            return None
        try:
            pixels = np.array(ring.view(meta.slot, meta.sequence, meta.shape))
            if not ring.holds(meta.slot, meta.sequence):
                return None
        except DeviceError:
            return None
        return Frame(
            camera=self.settings.name,
            frame_id=meta.frame_id,
            t_camera_ns=meta.t_camera_ns,
            t_host_ns=meta.t_host_ns,
            pixel_format=PixelFormat(meta.pixel_format),
            pixels=pixels,
            bad=meta.bad,
        )

    def document(self) -> dict[str, object]:
        """This camera in the status document."""
        fields: dict[str, Any] = {} if self.identity is None else self.identity.fields
        return {
            "name": self.settings.name,
            "ready": self.ready,
            "reason": self.reason,
            "simulated": self.simulated,
            "model": fields.get("model", ""),
            "serial": fields.get("serial", ""),
        }


def _identity(name: str, message: Message) -> CameraIdentity:
    device = message["device"]
    fields: dict[str, object] = {
        key: str(device[key]) for key in ("vendor", "model", "serial", "firmware", "producer_sha256")
    }
    fields |= {
        "name": name,
        "settings_digest": str(message["settings_digest"]),
        "simulated": bool(device["simulated"]),
    }
    return CameraIdentity(fields, str(message["settings_text"]))
