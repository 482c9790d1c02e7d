# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of a station: `station.toml`, read strictly. Unknown keys are refused, defaults are safe."""

from __future__ import annotations

import hashlib
import ipaddress
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from inspector.errors import ConfigError
from inspector.remote_io_settings import RemoteIoSettings

SCAN_MARGIN_MS = 100
"""From the end of a scan's window to the record of its part."""

MODBUS_BLOCK = 60
"""Registers to keep for each block of the map between PLC and station, with room for what may come."""

STATION_WINDOW_MS = 200
"""Shortest reject window for a station that follows the parts itself: a program on a computer is not punctual."""


Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]


def _ip_address(text: str) -> str:
    ipaddress.ip_address(text)
    return text


IpAddress = Annotated[str, AfterValidator(_ip_address)]


class Settings(BaseModel):
    """Base of all settings: frozen, and a key that nobody reads is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StationSettings(Settings):
    """`[station]`.

    Attributes:
        name: Identity of the station in every record.
    """

    name: Name


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


class LineSettings(Settings):
    """`[line]`.

    Attributes:
        backend: "plant" is the simulated plant, "modbus" a PLC on Modbus TCP, "remote-io" sensors and outputs on
            Modbus TCP I/O modules.
        tracking: Who follows the parts from the sensor to the gate: "plc" the plant's controller, "hardware" a trigger
            and timing controller that rejects unless a PASS with the part's count cancels it, "station" the line
            process itself; the last only for slow lines, see `[tracking]`.
        min_gap_ms: Two edges closer than this are one part, and a bounce of the sensor.
        decide_by_ms: A verdict later than this after the edge is ignored: the part is rejected.
        confirm_by_ms: A part not seen in a lane this long after the edge has an unknown end.
        heartbeat_ms: Period of the heartbeats to the plant and from the station.
        heartbeat_lost_ms: Silence after which Ready drops; at least twice the period.
    """

    backend: Literal["plant", "modbus", "remote-io"] = "plant"
    tracking: Literal["plc", "hardware", "station"] = "plc"
    min_gap_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    decide_by_ms: Annotated[int, Field(ge=20, le=60_000)] = 700
    confirm_by_ms: Annotated[int, Field(ge=40, le=120_000)] = 3_000
    heartbeat_ms: Annotated[int, Field(ge=20, le=1_000)] = 100
    heartbeat_lost_ms: Annotated[int, Field(ge=60, le=5_000)] = 750


Millimetres = Annotated[float, Field(ge=0, le=100_000, strict=False)]
DelayMs = Annotated[float, Field(ge=0.1, le=50, strict=False)]


class TrackingSettings(Settings):
    """`[tracking]`: the belt, when the station itself follows the parts (`line.tracking = "station"`).

    Positions are those of a part's leading edge, from the part-present sensor.

    Attributes:
        on_delay_ms: The part-present sensor and the lane sensors count as on when they were on for so long.
        off_delay_ms: The same for off.
        min_length_mm: What covers the sensor for less is no part.
        min_gap_mm: A gap shorter than this is a hole in the part.
        max_length_mm: A longer part is two without a gap, or a stuck sensor: it is rejected, and Ready drops.
        encoder_bits: Width of the encoder's counter; 0: there is none, and any stop of the belt purges it.
        mm_per_count: Travel of the belt per count.
        speed_mm_s: Highest speed of the belt; without an encoder its only speed.
        reverse_tolerance_mm: The belt may jog back so far; further, and what lies on it is purged.
        stall_ms: The belt runs and the encoder does not count for so long: a fault.
        gate_mm: The reject gate.
        window_before_mm: The PASS output comes on so far before the gate.
        window_after_mm: And goes off so far behind it.
        good_lane_mm: The sensor of the good lane; 0: there is none.
        reject_lane_mm: The sensor of the reject lane.
        lane_window_mm: A lane sensor may see a part so far before or behind its place; a fault elsewhere.
        max_rate_ppm: More parts a minute drop Ready.
        scan_ms: Period of reading the inputs.
        inputs_lost_ms: Inputs not read for so long purge the belt; at least twice the period.
        bin_full_ms: The reject bin reports full for so long: Ready drops.
        air_low_ms: The ejector has no air for so long: Ready drops.
        output_hold_ms: The watchdog of the outputs lets them fall after the station was silent for so long. A part that
            follows another one within this time is rejected with it.
    """

    on_delay_ms: DelayMs = 2.0
    off_delay_ms: DelayMs = 2.0
    min_length_mm: Millimetres = 5.0
    min_gap_mm: Millimetres = 5.0
    max_length_mm: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 80.0
    encoder_bits: Literal[0, 16, 32] = 32
    mm_per_count: Annotated[float, Field(gt=0, le=1_000, strict=False)] = 0.1
    speed_mm_s: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 100.0
    reverse_tolerance_mm: Millimetres = 20.0
    stall_ms: Annotated[int, Field(ge=50, le=10_000)] = 500
    gate_mm: Millimetres = 100.0
    window_before_mm: Millimetres = 10.0
    window_after_mm: Millimetres = 10.0
    good_lane_mm: Millimetres = 130.0
    reject_lane_mm: Millimetres = 130.0
    lane_window_mm: Millimetres = 15.0
    max_rate_ppm: Annotated[int, Field(ge=1, le=60)] = 60
    scan_ms: Annotated[int, Field(ge=1, le=50)] = 10
    inputs_lost_ms: Annotated[int, Field(ge=20, le=1_000)] = 100
    bin_full_ms: Annotated[int, Field(ge=0, le=60_000)] = 4_000
    air_low_ms: Annotated[int, Field(ge=0, le=60_000)] = 4_000
    output_hold_ms: Annotated[int, Field(ge=40, le=5_000)] = 500

    @property
    def window_ms(self) -> float:
        """Shortest time in which the PASS output is on for one part."""
        return self.travel_ms(self.window_before_mm + self.window_after_mm)

    @property
    def pitch_mm(self) -> float:
        """Parts closer than this cannot be told apart at the lane sensors, or at a gate that is held open too long."""
        held_mm = self.speed_mm_s * self.output_hold_ms / 1000
        return max(self.window_before_mm + self.window_after_mm + held_mm, 2 * self.lane_window_mm)

    def travel_ms(self, mm: float) -> float:
        """Shortest time from the sensor to a place."""
        return mm / self.speed_mm_s * 1000


class ModbusSettings(Settings):
    """`[modbus]`: the PLC; only read when the line's backend is "modbus".

    Attributes:
        role: "client": the PLC is the Modbus server, the station reads and writes it. "server": the station listens,
            the PLC reads and writes.
        host: Address of the PLC; for a client.
        listen_host: Address that a server listens at; nothing listens off loopback unless this says so.
        allow: Addresses of which a server takes a connection; empty: of any.
        port: TCP port of the Modbus server.
        unit_id: Unit identifier of the Modbus server.
        plc_address: First holding register of the block that the PLC writes.
        station_address: First holding register of the block that the station writes.
        word_order: Order of the two registers of a 32-bit value.
        poll_ms: Pause between two reads of a client; a server looks this often without a request.
        timeout_ms: Longest wait of a client for one answer of the PLC; then the connection is given up and made anew.
        phase_ms: Longest wait for the PLC in one phase of the handshake; then a fault.
        heartbeat_ms: The station's heartbeat toggles this often.
        heartbeat_lost_ms: Ready drops when the PLC's heartbeat has not toggled for this long; at least twice the
            period. A server ends a connection that has written nothing for this long.
        results: Results that may wait for the PLC; one more is a fault.
    """

    role: Literal["client", "server"] = "client"
    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    listen_host: IpAddress = "127.0.0.1"
    allow: Annotated[list[IpAddress], Field(max_length=32)] = Field(default_factory=list)
    port: Annotated[int, Field(ge=1, le=65_535)] = 502
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    plc_address: Annotated[int, Field(ge=0, le=65_000)] = 0
    station_address: Annotated[int, Field(ge=0, le=65_000)] = 100
    word_order: Literal["high-first", "low-first"] = "high-first"
    poll_ms: Annotated[int, Field(ge=1, le=100)] = 5
    timeout_ms: Annotated[int, Field(ge=20, le=2_000)] = 100
    phase_ms: Annotated[int, Field(ge=50, le=10_000)] = 500
    heartbeat_ms: Annotated[int, Field(ge=20, le=1_000)] = 250
    heartbeat_lost_ms: Annotated[int, Field(ge=60, le=5_000)] = 750
    results: Annotated[int, Field(ge=8, le=32)] = 16


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


class RecordSettings(Settings):
    """`[records]`.

    Attributes:
        head_every_parts: A signed head after this many part records.
        head_every_s: A signed head at least this often while a shift is open.
        reserve_mb: Size of the reserve file that is released to write the last records on a full disk.
        stop_below_mb: Ready drops when the disk has less free space than this.
        stop_below_percent: The same, as a part of the disk.
        stop_below_min: The same, in minutes until it is full at the rate of the last ten minutes; 0 never.
        warn_below_percent: The status warns when less of the disk is free than this.
    """

    head_every_parts: Annotated[int, Field(ge=1, le=100_000)] = 100
    head_every_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    reserve_mb: Annotated[int, Field(ge=0, le=1_024)] = 64
    stop_below_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256
    stop_below_percent: Annotated[int, Field(ge=0, le=50)] = 2
    stop_below_min: Annotated[int, Field(ge=0, le=10_080)] = 10
    warn_below_percent: Annotated[int, Field(ge=0, le=90)] = 15


class ImageSettings(Settings):
    """`[images]`.

    Attributes:
        keep: "all" stores every judged image losslessly.
        queue_mb: Images that may wait for the encoder; Ready drops above it.
        encoders: Encoder threads.
        png_level: 0 (fast, large) to 9 (slow, small).
    """

    keep: Literal["all"] = "all"
    queue_mb: Annotated[int, Field(ge=8, le=16_384)] = 128
    encoders: Annotated[int, Field(ge=1, le=8)] = 1
    png_level: Annotated[int, Field(ge=0, le=9)] = 1


class KeySettings(Settings):
    """`[key]`.

    Attributes:
        file: Encrypted private key (PKCS#8, scrypt), relative to the station directory.
        passphrase_file: A service credential with the passphrase; empty asks at the prompt. A credential that lies
            beside the key protects backups only.
    """

    file: str = "keys/station.key"
    passphrase_file: str = ""


class ChallengeSettings(Settings):
    """`[challenge]`: known bad parts that show whether the station still finds them.

    Attributes:
        file: The registered challenge parts, relative to the station directory; empty: there are none, and nothing of
            this table applies.
        required: Nothing passes in a shift before a challenge was passed in it.
        interval_min: A challenge is due again this long after the last one passed, minutes; 0 never.
        grace_min: So long after it is due Ready drops, minutes; until then the status warns.
        time_limit_s: A challenge in which not all parts were shown within this time has failed.
        reaction_plan: What to do after a failed challenge, in the words of your reaction plan.
    """

    file: str = ""
    required: bool = True
    interval_min: Annotated[int, Field(ge=0, le=10_080)] = 0
    grace_min: Annotated[int, Field(ge=0, le=1_440)] = 15
    time_limit_s: Annotated[int, Field(ge=5, le=3_600)] = 300
    reaction_plan: Annotated[str, Field(min_length=1, max_length=500)] = (
        "hold everything since the last passed challenge, call quality, then repeat the challenge"
    )


class BypassSettings(Settings):
    """`[bypass]`: parts pass without a PASS for a limited time, when quality has signed a permit for it.

    Attributes:
        authority: Files of the public keys that may sign a permit, relative to the station directory; empty: there is
            no bypass.
        max_minutes: A bypass ends after this long, also when its permit would allow more.
    """

    authority: list[str] = []
    max_minutes: Annotated[int, Field(ge=1, le=480)] = 60


class LedgerSettings(Settings):
    """`[ledger]`.

    Attributes:
        kind: "directory" is the embedded transparency log, "none" anchors nowhere.
        path: Folder of the log, relative to the station directory.
        origin: Name of the log in its checkpoints.
    """

    kind: Literal["directory", "none"] = "directory"
    path: str = "ledger"
    origin: str = "inspector.local/log"


class ApiSettings(Settings):
    """`[api]`.

    Attributes:
        host: Nothing listens off loopback unless this says so.
        port: TCP port; 0 takes a free one and publishes it in the run folder.
        preview_hz: Live pictures per second.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    preview_hz: Annotated[int, Field(ge=1, le=30)] = 5


class MqttSettings(Settings):
    """`[mqtt]`: messages for dashboards and plant systems; nothing leaves the machine unless this is enabled.

    Attributes:
        enabled: Whether the station publishes.
        host: The broker; its certificate has to carry this name.
        port: TCP port of the broker.
        tls: Encrypts, and checks the broker's certificate and name; off only for a broker on this machine or a
            network that nobody else reaches.
        ca_file: Certificates (PEM) that the broker's has to lead to; empty takes those of the system.
        certificate_file: The station's own certificate (PEM), if the broker asks for one; with `key_file`.
        key_file: Its private key (PEM, not encrypted); readable by nobody but the owner.
        user: User name at the broker; empty connects without.
        password_file: File with the password; readable by nobody but the owner.
        client_id: Client identifier, unique at the broker; empty takes "inspector-" and the station's name.
        prefix: First levels of every topic, such as "acme/site1/area2".
        keepalive_s: A broker that is silent for longer is taken for gone.
        in_flight: Messages that may wait for the broker's confirmation.
        counts_every_s: Period of the message with the counts.
        reconnect_at_most_s: Longest wait between two attempts to reach the broker.
    """

    enabled: bool = False
    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 8_883
    tls: bool = True
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    user: Annotated[str, Field(max_length=200)] = ""
    password_file: str = ""
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", max_length=200)] = "inspector"
    keepalive_s: Annotated[int, Field(ge=5, le=3_600)] = 30
    in_flight: Annotated[int, Field(ge=1, le=1_000)] = 100
    counts_every_s: Annotated[int, Field(ge=1, le=86_400)] = 10
    reconnect_at_most_s: Annotated[int, Field(ge=1, le=3_600)] = 60


class OpcuaSettings(Settings):
    """`[opcua]`: an OPC UA server for plant systems; it listens only if this is enabled.

    Attributes:
        enabled: Whether the station serves OPC UA.
        host: IPv4 address to listen on; nothing listens off loopback unless this says so.
        port: TCP port; 0 takes a free one and publishes it in the run folder.
        anonymous_read: A client with a trusted certificate may read without a user; methods need one all the same.
        results: Results that are kept for reading and for the methods.
        sessions: Connections and sessions at most.
        subscriptions: Subscriptions at most, of all sessions together.
    """

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 4_840
    anonymous_read: bool = False
    results: Annotated[int, Field(ge=1, le=1_000)] = 100
    sessions: Annotated[int, Field(ge=1, le=100)] = 20
    subscriptions: Annotated[int, Field(ge=1, le=1_000)] = 50


class PlantSettings(Settings):
    """`[plant]`: the simulated plant; only there when the line's backend is "plant".

    Attributes:
        images: Folder of pictures that lie on the belt, relative to the station directory.
        rate_ppm: Parts per minute.
        parts: Parts to feed before the belt stops; 0 feeds for ever.
        part_length_mm: Length of a part; only with `line.tracking = "station"`.
        gate_delay_ms: Time that the gate takes to move; only with `line.tracking = "station"`.
        seed: Seed of the order of parts and of the faults.
        feed: "when-ready" holds the belt while the station is not Ready; "always" never does.
        decide_at_ms: Travel time from the sensor to the reject gate; with `line.tracking = "station"` the places in
            `[tracking]` are used instead.
        confirm_at_ms: Travel time from the sensor to the lane sensors; the same.
        watchdog_ms: Without a heartbeat for this long all outputs fall to their safe state; with
            `line.tracking = "station"` it is `tracking.output_hold_ms`.
        faults: Random disturbances per 1000 parts.
        disturbances: Which ones, by their names in docs/line.md; empty: all.
    """

    images: str
    rate_ppm: Annotated[int, Field(ge=1, le=3_000)] = 120
    parts: Annotated[int, Field(ge=0)] = 0
    part_length_mm: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 60.0
    gate_delay_ms: Annotated[int, Field(ge=0, le=1_000)] = 30
    seed: int = 1
    feed: Literal["when-ready", "always"] = "when-ready"
    decide_at_ms: Annotated[int, Field(ge=20)] = 800
    confirm_at_ms: Annotated[int, Field(ge=20)] = 1_000
    watchdog_ms: Annotated[int, Field(ge=50)] = 750
    faults: Annotated[int, Field(ge=0, le=1_000)] = 0
    disturbances: Annotated[list[str], Field(max_length=64)] = []


class StopSettings(Settings):
    """`[stops]`: what stops the line until a person resets it. Counts are of the open shift, since the last reset.

    Attributes:
        rejects_in_row: So many rejected parts in a row; 3 to 10 is usual.
        rejects: So many rejected parts among the last `rejects_window`.
        rejects_window: See `rejects`.
        late_parts: So many verdicts after the deadline among the last `late_window`; 1 stops at once.
        late_window: See `late_parts`.
        missing_images: So many parts in a row without a usable picture; 1 stops at once.
        frozen_images: So many frames in a row that repeat the picture or the frame number before.
        gate_failures: So many pictures in a row that fail the image gate or are dark; 0 never stops, because all of
            them are rejected for a check by hand.
        unconfirmed_rejects: So many rejected parts in a row that are seen in the good lane or in no lane.
    """

    rejects_in_row: Annotated[int, Field(ge=2, le=1_000)] = 5
    rejects: Annotated[int, Field(ge=1, le=10_000)] = 10
    rejects_window: Annotated[int, Field(ge=10, le=10_000)] = 100
    late_parts: Annotated[int, Field(ge=1, le=10_000)] = 3
    late_window: Annotated[int, Field(ge=10, le=10_000)] = 100
    missing_images: Annotated[int, Field(ge=1, le=1_000)] = 2
    frozen_images: Annotated[int, Field(ge=1, le=1_000)] = 1
    gate_failures: Annotated[int, Field(ge=0, le=1_000)] = 3
    unconfirmed_rejects: Annotated[int, Field(ge=1, le=1_000)] = 1


class Config(Settings):
    """All of `station.toml`."""

    station: StationSettings
    cameras: Annotated[list[CameraSettings], Field(min_length=1, max_length=8)]
    line: LineSettings = LineSettings()
    tracking: TrackingSettings = TrackingSettings()
    modbus: ModbusSettings = ModbusSettings()
    remote_io: RemoteIoSettings = RemoteIoSettings()
    detector: DetectorSettings
    recipe: str
    stops: StopSettings = StopSettings()
    records: RecordSettings = RecordSettings()
    images: ImageSettings = ImageSettings()
    key: KeySettings = KeySettings()
    challenge: ChallengeSettings = ChallengeSettings()
    bypass: BypassSettings = BypassSettings()
    ledger: LedgerSettings = LedgerSettings()
    api: ApiSettings = ApiSettings()
    mqtt: MqttSettings = MqttSettings()
    opcua: OpcuaSettings = OpcuaSettings()
    scanner: ScannerSettings | None = None
    plant: PlantSettings | None = None


def read_toml(path: Path, what: str) -> dict[str, object]:
    """Read a TOML file.

    Args:
        path: The file.
        what: What it is, for the error: "station settings", "recipe".

    Raises:
        ConfigError: The file is missing, not UTF-8, over 1 MB, or not TOML.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{what} {path} cannot be read: {error.strerror}", "Check the path") from error
    if len(data) > 1_000_000:
        raise ConfigError(f"{what} {path} is over 1 MB", "This is not a settings file")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{what} {path} is not valid TOML: {error}", "Mend the line that is named") from error


def explain(error: ValidationError) -> str:
    """The first complaint of pydantic in one line: which key, what is wrong."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "file"
    words = {"extra_forbidden": "there is no such setting", "missing": "it is missing"}
    return f"{where}: {words.get(first['type'], first['msg'])}"


def load_config(station: Path) -> Config:
    """Read `station.toml` of a station directory.

    Raises:
        ConfigError: It is missing, broken, or has a key or value that is not allowed.
    """
    path = station / "station.toml"
    if not path.is_file():
        raise ConfigError(f"{station} is not a station directory", "Make one with `inspector init DIR`")
    document = read_toml(path, "station settings")
    try:
        config = Config.model_validate(document)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "See docs/settings.md") from error
    if config.line.backend == "plant" and config.plant is None:
        raise ConfigError(f"{path}: line.backend is 'plant' but there is no [plant]", "Add a [plant] table")
    if config.line.heartbeat_lost_ms < 2 * config.line.heartbeat_ms:
        raise ConfigError(f"{path}: line.heartbeat_lost_ms is below twice heartbeat_ms", "Raise it")
    _check_cameras(path, config.cameras)
    _check_scanner(path, config)
    _check_modbus(path, config.modbus)
    if config.line.backend == "remote-io":
        _check_remote_io(path, config)
    if config.line.tracking == "station":
        _check_tracking(path, config)
    else:
        _check_travel(path, config)
    _check_mqtt(path, config.mqtt)
    _check_stops(path, config.stops)
    return config


def _check_cameras(path: Path, cameras: list[CameraSettings]) -> None:
    """Two tables for one name or one device would be one camera that shows a part twice."""
    if len({camera.name for camera in cameras}) != len(cameras):
        raise ConfigError(f"{path}: two cameras have the same name", "Give each table of [[cameras]] its own name")
    devices = [(one.producer, one.serial) for one in cameras if one.producer != "simulator"]
    if len(set(devices)) != len(devices):
        message = f"{path}: two cameras have the same producer and serial"
        raise ConfigError(message, "Give the serial number of each; `inspector doctor` lists them")


def _check_scanner(path: Path, config: Config) -> None:
    """A part waits for its scan, and must be decided in time all the same."""
    scanner = config.scanner
    if scanner is None:
        return
    if scanner.until_ms <= scanner.from_ms:
        raise ConfigError(f"{path}: scanner.until_ms is not after scanner.from_ms", "Raise it")
    wait_ms = scanner.until_ms + max(0, -scanner.from_ms) + SCAN_MARGIN_MS
    if wait_ms >= config.line.decide_by_ms:
        message = f"{path}: a part waits {wait_ms} ms for its scan, line.decide_by_ms is {config.line.decide_by_ms}"
        raise ConfigError(message, "Move the scanner forward, or raise line.decide_by_ms")


def _check_mqtt(path: Path, mqtt: MqttSettings) -> None:
    """Halves of a pair of credentials would be ignored without a word."""
    if bool(mqtt.certificate_file) != bool(mqtt.key_file):
        raise ConfigError(f"{path}: mqtt.certificate_file and mqtt.key_file go together", "Give both or none")
    if mqtt.password_file and not mqtt.user:
        raise ConfigError(f"{path}: mqtt.password_file without mqtt.user", "Give the user name too")
    if not mqtt.tls and (mqtt.ca_file or mqtt.certificate_file):
        raise ConfigError(f"{path}: mqtt has certificates, and mqtt.tls is off", "Turn mqtt.tls on")


def _check_stops(path: Path, stops: StopSettings) -> None:
    """A rule that wants more than its window holds could never stop the line."""
    for name, limit, window in (
        ("rejects", stops.rejects, stops.rejects_window),
        ("late_parts", stops.late_parts, stops.late_window),
    ):
        if limit > window:
            raise ConfigError(f"{path}: stops.{name} ({limit}) is above its window ({window})", f"Lower {name}")


def _check_modbus(path: Path, modbus: ModbusSettings) -> None:
    if modbus.heartbeat_lost_ms < 2 * modbus.heartbeat_ms:
        raise ConfigError(f"{path}: modbus.heartbeat_lost_ms is below twice heartbeat_ms", "Raise it")
    if abs(modbus.plc_address - modbus.station_address) < MODBUS_BLOCK:
        message = f"{path}: modbus.plc_address and station_address are less than {MODBUS_BLOCK} registers apart"
        raise ConfigError(message, "Move one of them")


def _check_travel(path: Path, config: Config) -> None:
    """The moments on a part's way follow each other; a later one before an earlier one could never be met."""
    moments = [("line.decide_by_ms", config.line.decide_by_ms)]
    if config.plant is not None:
        moments.append(("plant.decide_at_ms", config.plant.decide_at_ms))
        moments.append(("plant.confirm_at_ms", config.plant.confirm_at_ms))
        if config.plant.watchdog_ms < 2 * config.line.heartbeat_ms:
            raise ConfigError(f"{path}: plant.watchdog_ms is below twice line.heartbeat_ms", "Raise it")
    moments.append(("line.confirm_by_ms", config.line.confirm_by_ms))
    for (earlier, earlier_ms), (later, later_ms) in pairwise(moments):
        if later_ms <= earlier_ms:
            raise ConfigError(f"{path}: {later} ({later_ms}) is not after {earlier} ({earlier_ms})", f"Raise {later}")


def _check_remote_io(path: Path, config: Config) -> None:
    """Without a controller the station follows the parts, from a map that names every sensor it needs."""
    belt = config.tracking
    if config.line.tracking != "station":
        message = f"{path}: line.backend is 'remote-io', and line.tracking is '{config.line.tracking}'"
        raise ConfigError(message, "Plain inputs and outputs follow no parts: set line.tracking to 'station'")
    wrong = config.remote_io.complaint(
        encoder=belt.encoder_bits > 0, encoder_words=max(1, belt.encoder_bits // 16), good_lane=belt.good_lane_mm > 0
    )
    if wrong:
        raise ConfigError(f"{path}: [remote_io] {wrong}", "See docs/integrator.md")
    if config.remote_io.pass_at_most_ms < belt.window_ms:
        message = f"{path}: remote_io.pass_at_most_ms is below the reject window ({belt.window_ms:.0f} ms)"
        raise ConfigError(message, "Raise it")
    if 2 * config.remote_io.timeout_ms > belt.inputs_lost_ms:
        raise ConfigError(f"{path}: remote_io.timeout_ms is above half of tracking.inputs_lost_ms", "Lower it")


def _check_tracking(path: Path, config: Config) -> None:
    """The station may follow the parts on slow lines only, and only where the places on the belt fit together."""
    line, belt = config.line, config.tracking
    if line.backend == "modbus":
        raise ConfigError(f"{path}: line.tracking is 'station', but a PLC on Modbus tracks its parts", "Use 'plc'")
    if belt.window_ms < STATION_WINDOW_MS:
        message = f"{path}: the reject window is {belt.window_ms:.0f} ms, a station needs {STATION_WINDOW_MS} ms"
        raise ConfigError(message, "Let a PLC or a trigger controller track, or widen the window")
    lanes = [place for place in (belt.good_lane_mm, belt.reject_lane_mm) if place]
    if not belt.reject_lane_mm or min(lanes) - belt.lane_window_mm <= belt.gate_mm:
        raise ConfigError(f"{path}: a lane sensor in [tracking] is not behind the gate", "Correct its place")
    moments = [
        ("line.decide_by_ms", line.decide_by_ms),
        ("the reject window", belt.travel_ms(belt.gate_mm - belt.window_before_mm)),
        ("the last lane sensor", belt.travel_ms(max(lanes) + belt.lane_window_mm)),
        ("line.confirm_by_ms", line.confirm_by_ms),
    ]
    for (earlier, earlier_ms), (later, later_ms) in pairwise(moments):
        if later_ms <= earlier_ms:
            message = f"{path}: {later} ({later_ms:.0f} ms) is not after {earlier} ({earlier_ms:.0f} ms)"
            raise ConfigError(message, "Correct the times of [line] or the places in [tracking]")
    if belt.pitch_mm > belt.speed_mm_s * 60 / belt.max_rate_ppm:
        message = f"{path}: at tracking.max_rate_ppm parts are less than the needed {belt.pitch_mm:.0f} mm apart"
        raise ConfigError(message, "Lower max_rate_ppm, output_hold_ms or the windows")
    if belt.inputs_lost_ms < 2 * belt.scan_ms:
        raise ConfigError(f"{path}: tracking.inputs_lost_ms is below twice scan_ms", "Raise it")
    if belt.output_hold_ms < max(2 * line.heartbeat_ms, belt.stall_ms):
        message = f"{path}: tracking.output_hold_ms is below twice line.heartbeat_ms, or below stall_ms"
        raise ConfigError(message, "Raise it, or lower the other one")
    if not belt.min_length_mm < belt.max_length_mm < belt.gate_mm - belt.window_before_mm - belt.min_gap_mm:
        message = f"{path}: tracking.max_length_mm is not between min_length_mm and the travel to the reject window"
        raise ConfigError(message, "Whether a part is too long has to be known before it gets there")


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
