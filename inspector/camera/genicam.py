# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cameras over GenTL producers: the only module that imports harvesters.

What it does differently from the usual use of harvesters, and why:

- It looks at the number of delivered buffers before it asks for one: genicam holds Python's global lock while it waits.
- It takes buffers from the event itself: `fetch` puts incomplete ones back without telling which frame they were.
- A buffer is read only while it is borrowed: given back, it reads as zeros and then as later frames.
- Each opening uses a new Harvester, because `reset` works once and `update` destroys open cameras.
- `create` replaces the handler of SIGINT; ours is put back.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genicam import gentl  # type: ignore[import-untyped]
from harvesters.core import Harvester, ParameterKey, ParameterSet  # type: ignore[import-untyped]
from harvesters.util.pfnc import dict_by_ints  # type: ignore[import-untyped]

from inspector.camera.edges import counter_fault, counter_in_chunks
from inspector.camera.features import ALIASES, Access, FeatureFile, NodeMap, apply_features
from inspector.camera.genicam_nodes import FAILURES, GenICamNodes, device_access, optional
from inspector.camera.protocol import DeviceIdentity, Grabbed, Sink, StreamFormat, padded_view
from inspector.errors import CameraLost, CameraNotFound, FeatureError, PixelFormatRefused
from inspector.part import ImageArray, PixelFormat

BUFFERS = 6
EVENT_TIMEOUT_MS = 1
CLOSING_STEPS = 5
LATCH_TRIES = 5
LATCH_AT_MOST_NS = 10_000_000
NO_ACCESS = 3  # GenTL DEVICE_ACCESS_STATUS_NOACCESS
FORMATS = frozenset(f.value for f in PixelFormat)
IMAGE_PAYLOADS = (1, 4)  # GenTL PAYLOAD_TYPE_IMAGE, PAYLOAD_TYPE_CHUNK_DATA

_quiet = logging.getLogger("harvesters.quiet")
_quiet.setLevel(logging.CRITICAL + 1)  # it logs with tracebacks what it also raises, and what is normal
_quiet.propagate = False


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device that a producer lists, whether it can be opened or not."""

    vendor: str
    model: str
    serial: str
    version: str
    status: str


class _Producer:
    """A loaded GenTL producer and the devices that it lists."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise CameraNotFound(f"there is no GenTL producer {path}", "Set `producer` to the vendor's .cti file")
        self.harvester = Harvester(config=ParameterSet({ParameterKey.LOGGER: _quiet}))
        try:
            self.harvester.add_file(str(path), check_existence=True, check_validity=True)
        except OSError as error:
            raise CameraNotFound(
                f"the GenTL producer {path} cannot be loaded: {error}", "Take the 64-bit .cti of the vendor"
            ) from error
        with device_access(f"the GenTL producer {path}"):
            self.harvester.update()

    def devices(self) -> list[ListedDevice]:
        return [_listed(info) for info in self.harvester.device_info_list]

    def close(self) -> None:
        with contextlib.suppress(*FAILURES):  # a lost device: nothing is left to be closed
            self.harvester.reset()


def _listed(info: Any) -> ListedDevice:
    def text(name: str) -> str:
        return str(optional(lambda: getattr(info, name), AttributeError) or "")

    status = optional(lambda: int(info.access_status))
    names = {1: "free", 2: "free for reading", NO_ACCESS: "no access", 4: "used by another program"}
    return ListedDevice(
        text("vendor"), text("model"), text("serial_number"), text("version"), names.get(status, "unknown")
    )


def list_devices(producer: Path) -> list[ListedDevice]:
    """The devices that a GenTL producer lists.

    Raises:
        CameraNotFound: The producer does not exist.
        CameraLost: It fails.
    """
    loaded = _Producer(producer)
    try:
        return loaded.devices()
    finally:
        loaded.close()


class GenICamCamera:
    """One camera behind a GenTL producer; see `Camera` for the contract.

    Args:
        producer: Path of the `.cti` file.
        serial: Serial number; empty takes the only device that is listed.
        simulated: Whether the producer is our simulator.
    """

    def __init__(self, producer: Path, serial: str, simulated: bool = False) -> None:
        self._path = producer
        self._serial = serial
        self._simulated = simulated
        self._producer: _Producer | None = None
        self._acquirer: Any = None
        self._monitor: Any = None
        self._stream: Any = None
        self._nodes: GenICamNodes | None = None
        self._format = StreamFormat(1, 1, PixelFormat.MONO8)
        self._sign_of_life = ""
        self._counts_line = False
        self._edges_in_chunks = False
        self._nanoseconds = True
        self._tick_hz = 0

    def open(self) -> DeviceIdentity:
        """See `Camera`."""
        self._producer = _Producer(self._path)
        index = self._choose(self._producer.devices())
        handler = signal.getsignal(signal.SIGINT)
        config = ParameterSet(
            {
                ParameterKey.ENABLE_AUTO_CHUNK_DATA_UPDATE: False,
                ParameterKey.NUM_BUFFERS_FOR_FETCH_CALL: BUFFERS,
                ParameterKey.TIMEOUT_PERIOD_ON_UPDATE_EVENT_DATA_CALL: EVENT_TIMEOUT_MS,
            }
        )
        try:
            with device_access(f"opening camera {self._serial or 'at ' + self._path.name}"):
                self._acquirer = self._producer.harvester.create(index, config=config)
                self._stream = self._acquirer.data_streams[0].module
                # Not public, but `fetch` requeues incomplete buffers before anyone can see their frame id.
                self._monitor = next(iter(self._acquirer._new_buffer_event_monitor_dict.values()))  # noqa: SLF001
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, handler)
        self._nodes = GenICamNodes(self._acquirer.remote_device.node_map)
        return self._identity(self._nodes)

    def _choose(self, devices: list[ListedDevice]) -> int:
        listed = ", ".join(f"{d.model} {d.serial} ({d.status})" for d in devices) or "none"
        fitting = [i for i, device in enumerate(devices) if self._serial in ("", device.serial)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting and self._serial:
            raise CameraNotFound(f"{self._path.name} lists serial {self._serial} more than once: {listed}")
        if fitting:
            raise CameraNotFound(f"{self._path.name} lists several cameras: {listed}", "Set `serial` to one of them")
        what = f"no camera with serial {self._serial}" if self._serial else "no camera"
        raise CameraNotFound(
            f"{self._path.name} lists {what} (found: {listed})", "Check cable, power and network, or `serial`"
        )

    def _identity(self, nodes: GenICamNodes) -> DeviceIdentity:
        listed = _listed(self._acquirer.device.module)

        def text(name: str, otherwise: str) -> str:
            for candidate in (name, *ALIASES.get(name, ())):
                if candidate in nodes.names() and nodes.access(candidate) in (Access.READ, Access.BOTH):
                    return str(nodes.read(candidate))
            return otherwise

        return DeviceIdentity(
            vendor=text("DeviceVendorName", listed.vendor),
            model=text("DeviceModelName", listed.model),
            serial=listed.serial or text("DeviceSerialNumber", ""),
            firmware=text("DeviceFirmwareVersion", listed.version),
            producer_sha256=hashlib.sha256(self._path.read_bytes()).hexdigest(),
            simulated=self._simulated,
        )

    def nodes(self) -> NodeMap:
        """See `Camera`."""
        if self._nodes is None:
            raise CameraLost("the camera is not open")
        return self._nodes

    def configure(self, features: FeatureFile) -> tuple[list[str], StreamFormat]:
        """See `Camera`."""
        nodes = self.nodes()
        differences = apply_features(nodes, features.steps)
        name = str(nodes.read("PixelFormat"))
        try:
            pixel_format = PixelFormat(name)
        except ValueError:
            can = [f.value for f in PixelFormat if f.value in nodes.choices("PixelFormat")]
            advice = f"Set PixelFormat to {' or '.join(can)}" if can else "The camera has none of them"
            known = ", ".join(f.value for f in PixelFormat)
            raise PixelFormatRefused(f"the camera delivers {name}; the station judges {known}", advice) from None
        self._format = StreamFormat(int(nodes.read("Width")), int(nodes.read("Height")), pixel_format)
        self._prepare_check(nodes)
        return differences, self._format

    def _prepare_check(self, nodes: NodeMap) -> None:
        names = nodes.names()
        self._counts_line = not counter_fault(nodes)
        self._edges_in_chunks = self._counts_line and counter_in_chunks(nodes)
        readable = [
            n for n in ("DeviceTemperature", "Width") if n in names and nodes.access(n) in (Access.READ, Access.BOTH)
        ]
        self._sign_of_life = "CounterValue" if self._counts_line else readable[0]
        self._nanoseconds = True

    def start(self) -> None:
        """See `Camera`."""
        with device_access("starting the acquisition"):
            self._tick_hz = self._tick_frequency()
            self._acquirer.start()

    def _tick_frequency(self) -> int:
        module = self._acquirer.device.module
        frequency = optional(lambda: int(module.timestamp_frequency), AttributeError)
        nodes = self.nodes()
        if not frequency and "GevTimestampTickFrequency" in nodes.names():
            frequency = optional(lambda: int(nodes.read("GevTimestampTickFrequency")), FeatureError)
        return int(frequency or 0)

    def trigger(self) -> None:
        """See `Camera`."""
        self.nodes().write("TriggerSoftware", True)

    def poll(self, sink: Sink) -> bool:
        """See `Camera`."""
        with device_access("fetching a frame"):
            if not self._stream.num_awaiting_delivery:
                return False
            try:
                self._monitor.update_event_data(EVENT_TIMEOUT_MS)
            except gentl.TimeoutException:
                return False
            buffer = self._monitor.buffer
            try:
                grabbed, pixels = self._read(buffer, time.perf_counter_ns())
                sink(grabbed, pixels)
                del pixels
            finally:
                self._stream.queue_buffer(buffer)
        return True

    def _read(self, buffer: Any, t_host_ns: int) -> tuple[Grabbed, ImageArray | None]:
        wanted = self._format
        width = optional(lambda: int(buffer.width))
        height = optional(lambda: int(buffer.height))
        code = optional(lambda: int(buffer.pixel_format))
        grabbed = Grabbed(
            frame_id=optional(lambda: int(buffer.frame_id)) or 0,
            t_camera_ns=self._timestamp_ns(buffer),
            t_host_ns=t_host_ns,
            width=wanted.width if width is None else width,
            height=wanted.height if height is None else height,
            pixel_format=wanted.pixel_format.value if code is None else dict_by_ints.get(code, f"{code:#x}"),
            complete=bool(optional(buffer.is_complete)),
            edges=self._edges(buffer) if self._edges_in_chunks else None,
        )
        return grabbed, self._pixels(buffer, grabbed) if grabbed.complete else None

    def _edges(self, buffer: Any) -> int | None:
        """The count that the frame carries; an incomplete one has none."""
        # Not public: what harvesters does in `fetch`.
        self._acquirer._update_chunk_data(buffer=buffer, is_manual=True)  # noqa: SLF001
        value = optional(lambda: int(self.nodes().read("ChunkCounterValue")), FeatureError, CameraLost)
        return None if value is None else int(value)

    @staticmethod
    def _pixels(buffer: Any, grabbed: Grabbed) -> ImageArray | None:
        if grabbed.pixel_format not in FORMATS or int(buffer.payload_type) not in IMAGE_PAYLOADS:
            return None
        channels = PixelFormat(grabbed.pixel_format).channels
        shape = (grabbed.height, grabbed.width) if channels == 1 else (grabbed.height, grabbed.width, channels)
        offset = optional(lambda: int(buffer.image_offset)) or 0
        padding = optional(lambda: int(buffer.padding_x)) or 0
        filled = optional(lambda: int(buffer.size_filled))
        needed = offset + grabbed.height * (grabbed.width * channels + padding) - padding
        if filled is not None and filled < needed:
            return None
        return padded_view(buffer.raw_buffer, offset, shape, padding)

    def _timestamp_ns(self, buffer: Any) -> int:
        if self._nanoseconds:
            stamp = optional(lambda: int(buffer.timestamp_ns))
            if stamp is not None:
                return int(stamp)
            self._nanoseconds = False  # older producers: only ticks
        ticks = optional(lambda: int(buffer.timestamp)) if self._tick_hz else None
        return 0 if ticks is None else int(ticks) * 1_000_000_000 // self._tick_hz

    def check(self) -> int | None:
        """See `Camera`."""
        with device_access("asking the camera for a sign of life"):
            status = optional(lambda: int(self._acquirer.device.module.access_status))
        if status == NO_ACCESS:
            raise CameraLost("the camera is gone", "Check the cable and power of the camera")
        try:
            value = self.nodes().read(self._sign_of_life)
        except FeatureError as error:
            raise CameraLost(error.message, "Check the cable and power of the camera") from error
        return int(value) if self._counts_line else None

    def clock_offset_ns(self) -> int | None:
        """See `Camera`: SFNC TimestampLatch and TimestampLatchValue, the best of a few tries."""
        nodes = self.nodes()
        if not {"TimestampLatch", "TimestampLatchValue"} <= set(nodes.names()):
            return None
        best: tuple[int, int] | None = None
        try:
            for _ in range(LATCH_TRIES):
                before_ns = time.perf_counter_ns()
                nodes.write("TimestampLatch", True)
                after_ns = time.perf_counter_ns()
                camera_ns = int(nodes.read("TimestampLatchValue"))
                tried = (after_ns - before_ns, camera_ns - (before_ns + after_ns) // 2)
                best = tried if best is None else min(best, tried)
            delay_us = float(nodes.read("TriggerDelay")) if "TriggerDelay" in nodes.names() else 0.0
        except FeatureError:
            return None  # listed, but not to be had in this state of the camera
        if best is None or best[0] > LATCH_AT_MOST_NS:
            return None
        return best[1] + int(delay_us * 1000)

    def underruns(self) -> int:
        """See `Camera`."""
        return int(optional(lambda: int(self._stream.num_underrun)) or 0)

    def stop(self) -> None:
        """See `Camera`."""
        with device_access("stopping the acquisition"):
            self._acquirer.stop()

    def close(self) -> None:
        """See `Camera`."""
        acquirer, self._acquirer, self._nodes = self._acquirer, None, None
        self._monitor = self._stream = None
        for _ in range(CLOSING_STEPS if acquirer is not None else 0):
            # Of a lost device one step fails after another: each call gets one further, and the producer can only
            # be opened again when the last one was done.
            with contextlib.suppress(*FAILURES):
                acquirer.destroy()
                break
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close()


def installed_producers() -> list[Path]:
    """The GenTL producers in the folders of GENICAM_GENTL64_PATH, where vendors' installers put them."""
    folders = os.environ.get("GENICAM_GENTL64_PATH", "").split(os.pathsep)
    found: list[Path] = []
    for folder in folders:
        if folder and Path(folder).is_dir():
            found += sorted(path for path in Path(folder).iterdir() if path.suffix == ".cti" and path not in found)
    return found
