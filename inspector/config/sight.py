# SPDX-License-Identifier: AGPL-3.0-or-later
"""What looks at a part: cameras, detector, code reader."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inspector.config.base import Name, Settings


class CameraSettings(Settings):
    """`[[cameras]]`, one table per camera, at most 8; a part is judged by the views of all of them.

    Attributes:
        name: Name in records and on screens.
        producer: Path of the GenTL producer (`.cti`), or "simulator" for our own simulated camera.
        serial: Serial number of the device; empty takes the only device that the producer lists.
        features: TOML file of SFNC features, relative to the station directory.
        trigger: "line" when the part-present sensor triggers the camera by wire (or the simulated plant does);
            "software" when the station triggers it, for a camera on the desk.
        ring_slots: Images that may wait between camera and judgement.
        frame_timeout_ms: A trigger without a frame after this long is MISSING_IMAGE.
        pairing_window_ms: Largest difference between the expected and the real time of a frame.
        dark_below: Frames with a mean grey value below this are bad ("dark").
    """

    name: Name
    producer: str
    serial: str = ""
    features: str
    trigger: Literal["line", "software"] = "line"
    ring_slots: Annotated[int, Field(ge=2, le=64)] = 8
    frame_timeout_ms: Annotated[int, Field(ge=10, le=10_000)] = 300
    pairing_window_ms: Annotated[int, Field(ge=1, le=1_000)] = 40
    dark_below: Annotated[float, Field(ge=0, le=255, strict=False)] = 8.0


class DetectorSettings(Settings):
    """`[detector]`.

    Attributes:
        package: Folder of the model package, relative to the station directory.
        backend: Runtime that executes it.
        threads: Threads of the runtime.
        stuck_ms: Ready drops when one picture has been in work for so long.
    """

    package: str
    backend: Literal["openvino", "onnxruntime"] = "openvino"
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    stuck_ms: Annotated[int, Field(ge=100, le=10_000)] = 1_000


class ScannerSettings(Settings):
    """`[scanner]`: a code reader on TCP; only connected when the recipe takes serials from it.

    Attributes:
        host: Address of the scanner.
        port: Its TCP port.
        framing: "line" when each scan ends with CR, LF or both, "stx-etx" when it stands between these two bytes.
        no_read: What the scanner sends when it could not read a code.
        from_ms: Earliest moment of a part's scan, from its edge; negative when the scanner stands before the sensor.
        until_ms: Latest moment. A scan in the windows of two parts belongs to neither.
        timeout_ms: Longest wait for the connection.
    """

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)]
    framing: Literal["line", "stx-etx"] = "line"
    no_read: Annotated[str, Field(max_length=64)] = "NOREAD"
    from_ms: Annotated[int, Field(ge=-10_000, le=10_000)] = 0
    until_ms: Annotated[int, Field(ge=-10_000, le=10_000)] = 200
    timeout_ms: Annotated[int, Field(ge=50, le=10_000)] = 1_000
