# SPDX-License-Identifier: AGPL-3.0-or-later
"""station.toml is read strictly: what is wrong is named, nothing is guessed, and nothing else is ever raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.config import Config, file_digest, load_config, read_toml
from inspector.errors import ConfigError

GOOD = """\
recipe = "recipes/disc.toml"
[station]
name = "s1"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "cameras/simulated.toml"
[detector]
package = "models/model"
[plant]
images = "pictures"
"""


def written(folder: Path, text: str) -> Path:
    (folder / "station.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(written(folder, text))
    assert caught.value.advice, "an error without advice"
    return caught.value.message


def test_the_least_that_is_needed_has_safe_defaults(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, GOOD))
    assert config.api.host == "127.0.0.1"
    assert config.images.keep == "all"
    assert config.key.passphrase_file == ""
    assert config.ledger.kind == "directory"
    assert config.plant is not None
    assert config.line.decide_by_ms < config.plant.decide_at_ms < config.plant.confirm_at_ms < config.line.confirm_by_ms


def test_a_plc_needs_no_simulated_plant(tmp_path: Path) -> None:
    text = GOOD.replace('[plant]\nimages = "pictures"\n', '[line]\nbackend = "modbus"\n')
    config = load_config(written(tmp_path, text))
    assert config.plant is None
    assert (config.modbus.host, config.modbus.timeout_ms) == ("127.0.0.1", 100)
    assert (config.modbus.role, config.modbus.listen_host) == ("client", "127.0.0.1")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('name = "s1"', 'name = "S 1"', "station.name"),
        ('name = "s1"', "name = 1", "station.name"),
        ("[station]", "[station]\ncolour = 1", "station.colour: there is no such setting"),
        ('package = "models/model"', "", "detector.package: it is missing"),
        ("[detector]", "[detector]\nthreads = 0", "detector.threads"),
        ("[detector]", '[detector]\nbackend = "tarot"', "detector.backend"),
        ("[plant]", "[plant]\nfaults = 1001", "plant.faults"),
        ("[plant]", "[plant]\ndecide_at_ms = 600", "plant.decide_at_ms (600) is not after line.decide_by_ms (700)"),
        ("[plant]", "[plant]\nwatchdog_ms = 150", "plant.watchdog_ms is below twice line.heartbeat_ms"),
        ("[plant]", "[line]\nheartbeat_lost_ms = 150\n[plant]", "heartbeat_lost_ms is below twice"),
        ("[plant]", "[modbus]\nheartbeat_ms = 400\n[plant]", "modbus.heartbeat_lost_ms is below twice"),
        ("[plant]", "[modbus]\nstation_address = 40\n[plant]", "less than 60 registers apart"),
        ("[plant]", "[modbus]\nresults = 33\n[plant]", "modbus.results"),
        ("[plant]", "[modbus]\nword_order = 'none'\n[plant]", "modbus.word_order"),
        ("[plant]", "[modbus]\nrole = 'both'\n[plant]", "modbus.role"),
        ("[plant]", "[modbus]\nlisten_host = 'plc'\n[plant]", "modbus.listen_host"),
        ("[plant]", "[modbus]\nallow = ['10.0.0.0/8']\n[plant]", "modbus.allow"),
        ('[plant]\nimages = "pictures"', "", "there is no [plant]"),
        ("[[cameras]]", "[cameras]", "cameras"),
        ("[plant]", '[mqtt]\nprefix = "a/#"\n[plant]', "mqtt.prefix"),
        ("[plant]", '[mqtt]\nkey_file = "k"\n[plant]', "mqtt.certificate_file and mqtt.key_file go together"),
        ("[plant]", '[mqtt]\npassword_file = "p"\n[plant]', "mqtt.password_file without mqtt.user"),
        ("[plant]", '[mqtt]\ntls = false\nca_file = "c"\n[plant]', "mqtt.tls is off"),
        ("recipe =", "recipe", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, named: str, tmp_path: Path) -> None:
    assert old in GOOD
    assert named in refusal(tmp_path, GOOD.replace(old, new, 1))


def remote_io(**changes: dict[str, object]) -> str:
    """Settings of a station on an I/O module; tables may be changed."""
    tables: dict[str, dict[str, object]] = {
        "line": {"backend": "remote-io", "tracking": "station"},
        "tracking": {"encoder_bits": 0},
        "remote_io": {},
    }
    for name, values in changes.items():
        tables[name] = {**tables[name], **values}
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for name, values in tables.items()
    )
    text += '[[remote_io.modules]]\nname = "io1"\nhost = "io1"\n'
    for kind, name, address in [
        ("discrete-input", "part", 0),
        ("discrete-input", "reject-lane", 1),
        ("coil", "pass", 0),
    ]:
        text += f'[[remote_io.points]]\nname = "{name}"\nmodule = "io1"\nkind = "{kind}"\naddress = {address}\n'
    return GOOD.replace('[plant]\nimages = "pictures"\n', text)


def test_a_station_on_io_modules_follows_the_parts_by_a_map(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, remote_io(tracking={"good_lane_mm": 0.0})))
    assert [point.name for point in config.remote_io.points] == ["part", "reject-lane", "pass"]
    assert (config.remote_io.timeout_ms, config.plant) == (50, None)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"line": {"tracking": "plc"}}, "line.backend is 'remote-io', and line.tracking is 'plc'"),
        ({}, "[remote_io] has no point 'good-lane'"),
        ({"tracking": {"encoder_bits": 32, "good_lane_mm": 0.0}}, "[remote_io] has no point 'encoder'"),
        (
            {"tracking": {"good_lane_mm": 0.0}, "remote_io": {"pass_at_most_ms": 100}},
            "below the reject window (200 ms)",
        ),
        ({"tracking": {"good_lane_mm": 0.0}, "remote_io": {"timeout_ms": 60}}, "above half of tracking.inputs_lost_ms"),
    ],
)
def test_a_map_that_does_not_fit_the_belt_is_refused(
    changes: dict[str, dict[str, object]], named: str, tmp_path: Path
) -> None:
    assert named in refusal(tmp_path, remote_io(**changes))


def test_missing_unreadable_and_huge_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not a station directory"):
        load_config(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(ConfigError, match="not valid TOML"):
        read_toml(tmp_path / "latin.toml", "recipe")
    (tmp_path / "big.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="over 1 MB"):
        read_toml(tmp_path / "big.toml", "recipe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_toml(tmp_path, "recipe")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.integers(0, len(GOOD)),
    put=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    drop=st.integers(0, 20),
)
def test_any_damage_is_a_config_error_or_still_a_config(cut: int, put: str, drop: int, tmp_path: Path) -> None:
    folder = written(tmp_path, GOOD[:cut] + put + GOOD[cut + drop :])
    try:
        assert isinstance(load_config(folder), Config)
    except ConfigError as error:
        assert error.advice


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_config_error(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_bytes(data)
    with pytest.raises(ConfigError):
        load_config(tmp_path)


def test_digest_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert file_digest(tmp_path / "empty") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


STATION_TRACKING = GOOD.replace("[plant]", '[line]\ntracking = "station"\n[tracking]\n[plant]')


def test_a_station_may_track_with_the_default_belt(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, STATION_TRACKING))
    assert config.tracking.window_ms == 200
    assert config.tracking.pitch_mm == 70


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("speed_mm_s = 101", "the reject window is 198 ms, a station needs 200 ms"),
        ("max_rate_ppm = 61", "tracking.max_rate_ppm"),
        ("good_lane_mm = 110", "a lane sensor in [tracking] is not behind the gate"),
        ("reject_lane_mm = 0", "a lane sensor in [tracking] is not behind the gate"),
        ("gate_mm = 70", "the reject window (600 ms) is not after line.decide_by_ms (700 ms)"),
        ("reject_lane_mm = 400", "line.confirm_by_ms (3000 ms) is not after the last lane sensor (4150 ms)"),
        ("output_hold_ms = 900", "at tracking.max_rate_ppm parts are less than the needed 110 mm apart"),
        ("output_hold_ms = 400", "output_hold_ms is below twice line.heartbeat_ms, or below stall_ms"),
        ("inputs_lost_ms = 20\nscan_ms = 11", "tracking.inputs_lost_ms is below twice scan_ms"),
        ("max_length_mm = 86", "tracking.max_length_mm is not between"),
        ("on_delay_ms = 51", "tracking.on_delay_ms"),
        ("encoder_bits = 24", "tracking.encoder_bits"),
    ],
)
def test_a_belt_that_does_not_fit_together_is_refused(setting: str, named: str, tmp_path: Path) -> None:
    assert named in refusal(tmp_path, STATION_TRACKING.replace("[tracking]", f"[tracking]\n{setting}"))


def test_a_station_does_not_track_what_a_plc_tracks(tmp_path: Path) -> None:
    text = STATION_TRACKING.replace("[line]", '[line]\nbackend = "modbus"')
    assert "a PLC on Modbus tracks its parts" in refusal(tmp_path, text)
