# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the camera process tells the station about a frame; the pixels wait in the ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inspector.errors import ChannelError
from inspector.part import PixelFormat


@dataclass(frozen=True, slots=True)
class FrameMeta:
    """One frame, without its pixels.

    Attributes:
        camera: Name of the camera in the settings.
        generation: Ring that holds the pixels.
        slot: Slot in the ring, None when nothing could be copied.
        sequence: Sequence in the slot, None when nothing could be copied.
        frame_id: The camera's frame count since the start of the acquisition, without wrap-around.
        t_camera_ns: The camera's timestamp, 0 if it has none.
        t_host_ns: Arrival in the camera process (`perf_counter_ns`).
        width: Columns.
        height: Rows.
        pixel_format: Name in the Pixel Format Naming Convention.
        bad: Why the frame must not be judged good, or None.
    """

    camera: str
    generation: int
    slot: int | None
    sequence: int | None
    frame_id: int
    t_camera_ns: int
    t_host_ns: int
    width: int
    height: int
    pixel_format: str
    bad: str | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the pixels: `(h, w)` or `(h, w, 3)`.

        Raises:
            ChannelError: The pixel format is not one that the station judges.
        """
        try:
            channels = PixelFormat(self.pixel_format).channels
        except ValueError:
            raise ChannelError(f"{self.camera} announced pixel format {self.pixel_format!r}") from None
        return (self.height, self.width) if channels == 1 else (self.height, self.width, channels)

    def to_message(self) -> dict[str, Any]:
        """The `frame` message."""
        return {"type": "frame"} | {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> FrameMeta:
        """Read a `frame` message.

        Raises:
            ChannelError: A field is missing or of another type.
        """
        numbers = ("generation", "frame_id", "t_camera_ns", "t_host_ns", "width", "height")
        valid = (
            all(type(message.get(name)) is int and message[name] >= 0 for name in numbers)
            and all(type(message.get(name)) is str for name in ("camera", "pixel_format"))
            and all(type(message.get(name)) in (int, type(None)) for name in ("slot", "sequence"))
            and type(message.get("bad")) in (str, type(None))
        )
        if not valid:
            raise ChannelError(f"a frame message that is not one: {sorted(message)}")
        return cls(**{name: message[name] for name in cls.__slots__ if name in message})
