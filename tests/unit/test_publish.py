# SPDX-License-Identifier: AGPL-3.0-or-later
"""The publisher's parts: cursor file, messages, credentials; its page of documentation is held to the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from inspector.config import MqttSettings
from inspector.errors import ConfigError, EvidenceError, FormatInvalid
from inspector.evidence.chain import ShiftCounts
from inspector.evidence.keys import SigningKey
from inspector.part import Commanded, Confirmed, Purpose, Verdict
from inspector.publish.access import read_access
from inspector.publish.messages import TOPICS, Teller
from inspector.publish.position import CURSOR_NAME, Position, load, save
from inspector.publish.process import start_position
from inspector.publish.schema import ENVELOPE, MESSAGES, OPTIONAL, encode
from inspector.publish.tally import MAX_WAITING, Tally
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.writer import RecordWriter
from tests.mqtt_certificates import Authority
from tests.store_station import CLOSE, INDEPENDENT, PERSON, make_writer, opening, part, run_shift
from tests.unit.evidence_samples import FIELDS, envelope

PAGE = (Path(__file__).parents[2] / "docs" / "integrator.md").read_text(encoding="utf-8")
KEY = SigningKey.generate()
TELLER = Teller("demo", simulated=False, software="1")
HASH = "a" * 64


def tally_of(purposes: list[str]) -> Tally:
    tally = Tally()
    for number, purpose in enumerate(purposes):
        tally = tally.added({**FIELDS["part"], "type": "part", "purpose": purpose}, f"{number:064x}")
    return tally


WHOLE = st.integers(0, 2**53 - 1)
POSITIONS = st.builds(
    Position,
    seq=WHOLE,
    hash=st.text("0123456789abcdef", min_size=64, max_size=64),
    seal=WHOLE,
    shift=WHOLE,
    opened=WHOLE,
    simulated=st.booleans(),
    tally=st.lists(st.sampled_from(["production", "challenge"]), max_size=5).map(tally_of),
)


def stored(kind: str, *, seq: int = 1, shift: int = 1, **fields: object) -> StoredRecord:
    record = {**envelope(kind), "seq": seq, "shift": shift, **FIELDS[kind], **fields}
    return StoredRecord(seq, kind, shift, json.dumps(record).encode(), HASH)


@given(position=POSITIONS)
def test_a_position_survives_its_file(position: Position) -> None:
    assert Position.parse(position.encode()) == position


@given(data=st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FormatInvalid):
        Position.parse(data)


@given(position=POSITIONS, cut=st.integers(0, 700), put=st.binary(max_size=8), drop=st.integers(0, 12))
def test_any_damage_is_refused_or_still_a_position(position: Position, cut: int, put: bytes, drop: int) -> None:
    good = position.encode()
    damaged = good[:cut] + put + good[cut + drop :]
    try:
        assert Position.parse(damaged).encode()
    except FormatInvalid:
        assert damaged != good


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RecordWriter]:
    made = make_writer(tmp_path, KEY)
    yield made
    made.close()


def test_goes_on_where_it_stopped_and_starts_anew_in_doubt(tmp_path: Path, writer: RecordWriter) -> None:
    run_shift(writer, 3)
    with RecordReader(tmp_path) as reader:
        assert start_position(tmp_path, reader) == Position()
        third = reader.record(3)
        assert third is not None
        position = Position(seq=3, hash=third.hash, shift=1, opened=1)
        save(tmp_path, position)
        assert start_position(tmp_path, reader) == load(tmp_path) == position
        for other in (replace(position, hash="b" * 64), replace(position, seq=99)):
            save(tmp_path, other)
            assert start_position(tmp_path, reader) == Position(), "another history"
        (tmp_path / CURSOR_NAME).write_bytes(b"{}")
        assert start_position(tmp_path, reader) == Position(), "damaged"


def test_counts_and_simulated_follow_the_records(tmp_path: Path, writer: RecordWriter) -> None:
    writer.append("shift-open", opening(writer)).result(10)
    for number, verdict in enumerate(("PASS", "FAIL", "PASS"), 1):
        writer.append("part", part(number, verdict)).result(10)
    with RecordReader(tmp_path) as reader:
        position = Position()
        for record in reader.following(0, 100):
            message = TELLER.record(record, position)
            position = message.after
            assert json.loads(message.payload)["simulated"] is True, "as the shift-open record says"
        assert reader.following(position.seq, 100) == []
    counts = position.tally.counts
    verdicts = counts["verdicts"]
    assert isinstance(verdicts, dict)
    assert (counts["parts"], verdicts["PASS"], verdicts["FAIL"]) == (3, 2, 1)
    after = TELLER.record(stored("state", seq=6, shift=2), position).after
    assert (after.shift, after.tally.counts["parts"], after.simulated) == (2, 0, True)


EVENTS = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("part"), "purpose": st.sampled_from(Purpose), "verdict": st.sampled_from(Verdict)}
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("outcome"),
                "part": st.integers(0, 20).map("{:064x}".format),
                "commanded": st.sampled_from(Commanded),
                "confirmed": st.sampled_from(Confirmed),
            }
        ),
        st.fixed_dictionaries({"type": st.just("gap"), "count": st.integers(0, 9)}),
        st.just({"type": "state"}),
    ),
    max_size=20,
)


@given(events=EVENTS)
def test_the_tally_counts_as_the_chain_does(events: list[dict[str, object]]) -> None:
    tally, counts, told = Tally(), ShiftCounts(), set()
    for number, event in enumerate(events):
        if event["type"] == "outcome":  # at most one for each part
            if event["part"] in told:
                continue
            told.add(event["part"])
        digest = number.to_bytes(32, "big")
        tally = tally.added(event, digest.hex())
        counts.add(event, digest)
    assert tally.counts == counts.as_dict()


def test_outcomes_of_challenges_are_not_awaited_without_bound() -> None:
    assert len(tally_of(["challenge"] * (MAX_WAITING + 9)).waiting) == MAX_WAITING


def test_the_settings_count_while_no_shift_says_it() -> None:
    for configured in (False, True):
        message = replace(TELLER, simulated=configured).record(stored("state"), Position())
        assert json.loads(message.payload)["simulated"] is configured


def test_a_part_without_pictures_and_persons() -> None:
    payload = json.loads(TELLER.record(stored("part"), Position()).payload)
    assert payload["views"] == [
        {
            "camera": "top",
            "verdict": "FAIL",
            "reason": "scratch 0.83 in zone face",
            "image": "1" * 64,
            "findings": {"scratch": 1},
        }
    ]
    assert (payload["seq"], payload["hash"]) == (1, HASH)
    assert not {"salt", "prev"} & set(payload)
    for kind in ("shift-open", "shift-close"):
        assert not {"opened_by", "closed_by", "note", "reconciliation"} & set(
            json.loads(TELLER.record(stored(kind), Position()).payload)
        )


def test_counts_that_are_not_the_stations_are_told_with_close_and_seal(tmp_path: Path, writer: RecordWriter) -> None:
    reconciliation = {**CLOSE, "note": "Erika Mustermann counted", "independent": INDEPENDENT}
    message = TELLER.record(stored("shift-close", reconciliation=reconciliation), Position())
    assert json.loads(message.payload)["independent"] == INDEPENDENT
    writer.append("shift-open", opening(writer)).result(10)
    writer.seal_shift(PERSON, reconciliation).result(30)
    with RecordReader(tmp_path) as reader:
        document = reader.seal(1)
    assert document is not None
    told = TELLER.seal(document, Position(seq=writer.position.seq))
    assert told is not None
    assert json.loads(told.payload)["independent"] == INDEPENDENT
    assert b"Mustermann" not in message.payload + told.payload


def test_every_kind_of_record_that_has_a_topic_can_be_told() -> None:
    for kind, topic in TOPICS.items():
        assert TELLER.record(stored(kind), Position()).topic == topic


def test_other_records_are_passed_over() -> None:
    for kind in set(FIELDS) - set(TOPICS):
        message = TELLER.record(stored(kind, seq=7), Position())
        assert (message.topic, message.after.seq) == (None, 7)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("part", {"views": 1}),
        ("part", {"views": [{}]}),
        ("part", {"verdict": "GOOD"}),
        ("shift-open", {"cameras": [1]}),
        ("shift-close", {"reconciliation": {}}),
        ("outcome", {"key": None}),
    ],
)
def test_a_damaged_record_is_not_told(kind: str, fields: dict[str, object]) -> None:
    with pytest.raises(EvidenceError) as caught:
        TELLER.record(stored(kind, **fields), Position())
    assert caught.value.advice


def test_nothing_leaves_that_is_not_in_the_schema() -> None:
    message = json.loads(TELLER.status("online", "", "0" * 16, 1))
    assert encode(message)
    with pytest.raises(FormatInvalid, match="operator"):
        encode({**message, "operator": "Erika Mustermann"})


def test_secrets_have_to_be_private(tmp_path: Path) -> None:
    settings = MqttSettings(enabled=True, tls=False, user="u", password_file="p")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_access(tmp_path, settings)
    (tmp_path / "p").touch(mode=0o600)
    with pytest.raises(ConfigError, match="holds no password"):
        read_access(tmp_path, settings)
    (tmp_path / "p").write_text("a word\n")
    access = read_access(tmp_path, settings)
    assert access.password == "a word"
    assert "a word" not in repr(access)
    (tmp_path / "p").chmod(0o640)
    with pytest.raises(ConfigError, match="others can read"):
        read_access(tmp_path, settings)


def test_certificates_have_to_be_certificates(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match="ca_file"):
        read_access(tmp_path, MqttSettings(enabled=True, ca_file="ca.pem"))
    (tmp_path / "key.pem").touch(mode=0o600)
    with pytest.raises(ConfigError, match="PEM"):
        read_access(tmp_path, MqttSettings(enabled=True, certificate_file="ca.pem", key_file="key.pem"))


def test_a_certificate_of_the_station_needs_a_private_and_open_key(tmp_path: Path) -> None:
    files = Authority(tmp_path).issue(["station"])
    certificate, key = files["certpath"], files["keypath"]
    settings = MqttSettings(enabled=True, ca_file="ca.pem", certificate_file=certificate.name, key_file=key.name)
    key.chmod(0o644)
    with pytest.raises(ConfigError, match="others can read"):
        read_access(tmp_path, settings)
    key.chmod(0o600)
    context = read_access(tmp_path, settings).tls
    assert context is not None and context.check_hostname
    opened = serialization.load_pem_private_key(key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"a word")
    key.write_bytes(opened.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    with pytest.raises(ConfigError, match="not encrypted"):
        read_access(tmp_path, settings)


def fields_of(heading: str) -> set[str]:
    section = PAGE.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_each_message_has_its_table(kind: str) -> None:
    envelope_fields = set(ENVELOPE) if kind in TOPICS else set()
    assert fields_of(f"MQTT message: {kind}") == {*MESSAGES[kind], *OPTIONAL.get(kind, {})} - envelope_fields


def test_the_envelope_and_the_topics_have_their_tables() -> None:
    assert fields_of("MQTT message: common fields") == set(ENVELOPE)
    listed = dict(re.findall(r"^\| `PREFIX/STATION/(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    wanted: dict[str, set[str]] = {"seal": {"seal"}, "status": {"status"}, "counts": {"counts"}}
    for kind, topic in TOPICS.items():
        wanted.setdefault(topic, set()).add(kind)
    assert {topic: set(re.findall(r"`([\w-]+)`", kinds)) for topic, kinds in listed.items()} == wanted
