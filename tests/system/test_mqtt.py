# SPDX-License-Identifier: AGPL-3.0-or-later
"""The publisher against a real broker: nothing is lost, whoever dies; nobody waits for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import BrokerAway, BrokerRefused
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.seal import SignedDocument, verify_document
from inspector.publish.examine import examine_broker
from inspector.publish.messages import TOPICS
from inspector.publish.position import load
from inspector.publish.schema import encode
from inspector.store.writer import RecordWriter
from tests.mqtt_certificates import Authority
from tests.mqtt_peers import PASSWORD, USER, Broker, Gate, Listener, Publisher, free_port
from tests.rig import StationRig, until
from tests.store_station import CLOSE, INDEPENDENT, check_chain, make_writer, opening, outcome, part, run_shift
from tests.unit.evidence_samples import FIELDS

SETTINGS = """
recipe = "recipe.toml"
[station]
name = "demo"
[[cameras]]
name = "cam1"
producer = "simulator"
features = "f.toml"
[detector]
package = "model"
[plant]
images = "images"
[mqtt]
enabled = true
prefix = "acme/site1"
counts_every_s = 1
reconnect_at_most_s = 1
in_flight = 20
"""


GONE = ("offline", "the connection broke")


def configure(station: Path, port: int, *, password: str = PASSWORD, **more: object) -> None:
    secret = station / "keys" / "mqtt-password"
    secret.unlink(missing_ok=True)
    secret.touch(mode=0o600)
    secret.write_text(password + "\n")
    settings = {"port": port, "tls": False, "user": USER, "password_file": "keys/mqtt-password", **more}
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (station / "station.toml").write_text(SETTINGS + lines)


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    (tmp_path / "keys").mkdir()
    return create_key(tmp_path / "keys/station.key", "a long passphrase", tmp_path / "keys/station.pub")


@pytest.fixture
def writer(tmp_path: Path, key: SigningKey) -> Iterator[RecordWriter]:
    made = make_writer(tmp_path, key)
    yield made
    made.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def append_parts(writer: RecordWriter, first: int, count: int) -> None:
    for number in range(first, first + count):
        added = writer.append("part", part(number, "FAIL" if number % 3 == 0 else "PASS", image=True)).result(60)
        writer.append("outcome", outcome(number, added.hash)).result(60)


def told(station: Path) -> list[int]:
    """Numbers of the records that have to be told."""
    return [record["seq"] for record in check_chain(station) if record["type"] in TOPICS]


def confirmed(station: Path) -> int:
    """Number of the last record that the cursor file covers."""
    position = load(station)
    return 0 if position is None else position.seq


def first_arrivals(listener: Listener) -> list[int]:
    """Numbers of the records in the order in which they came first; a number never comes with two hashes."""
    hashes: dict[int, str] = {}
    for message in listener.records():
        assert hashes.setdefault(message["seq"], message["hash"]) == message["hash"]
    return list(hashes)


def wait_all(listener: Listener, station: Path) -> None:
    wanted = told(station)
    until(lambda: set(wanted) <= {message["seq"] for message in listener.records()}, "every record told")
    assert first_arrivals(listener) == wanted, "not in the order of the records"


def test_every_record_and_seal_arrives_in_order(
    tmp_path: Path, key: SigningKey, writer: RecordWriter, broker: Broker
) -> None:
    configure(tmp_path, broker.port)
    with Listener(broker.port) as listener, Publisher(tmp_path) as publisher:
        writer.append("shift-open", opening(writer)).result(10)
        append_parts(writer, 1, 60)
        writer.append("gap", FIELDS["gap"]).result(10)
        writer.append("state", {"state": "ready", "reasons": []}).result(10)
        closing = {**CLOSE, "note": "Erika Mustermann was here", "independent": INDEPENDENT}
        seal = writer.seal_shift("1" * 64, closing).result(30)
        run_shift(writer, 5, start=61)
        wait_all(listener, tmp_path)
        until(lambda: len(listener.of("seal")) == 2, "both seals told")
        until(lambda: [m["seq"] for m in listener.of("counts")][-1:] == [check_chain(tmp_path)[-1]["seq"]], "counts")
        assert publisher.end() == 0
        until(lambda: listener.statuses() == [("online", ""), ("offline", "the station stops")], "birth and farewell")
        heard = list(listener.heard)
    assert {topic.rsplit("/", 1)[0] for topic, _, _ in heard} == {"acme/site1/demo"}
    for _, message, _ in heard:
        encode(message)  # the documented schema, closed
        assert message["simulated"] is True
    assert "Mustermann" not in json.dumps([message for _, message, _ in heard])
    first = listener.of("seal")[0]
    document = SignedDocument(base64.b64decode(first["document"]), base64.b64decode(first["signature"]))
    assert (first["hash"], verify_document(document, key.public_key)["shift"]) == (seal.digest, 1)
    assert first["independent"] == INDEPENDENT
    closed = [message for message in listener.of("shift") if message["type"] == "shift-close"]
    assert [message["counts"]["parts"] for message in closed] == [60, 5]
    assert listener.of("counts")[-1]["counts"] == closed[-1]["counts"]
    assert listener.of("counts")[-1]["waiting"] == 0


def test_broker_killed_in_mid_stream_and_a_long_outage(tmp_path: Path, writer: RecordWriter, broker: Broker) -> None:
    with Gate(broker.port) as gate, Listener(broker.port) as listener:
        configure(tmp_path, gate.port)
        writer.append("shift-open", opening(writer)).result(10)
        append_parts(writer, 1, 20)
        with Publisher(tmp_path) as publisher:
            until(lambda: confirmed(tmp_path) == 41, "the stream runs, and nothing is under way")
            gate.hold_answers()  # what comes from now on is told and not confirmed
            seen = len(listener.records())
            append_parts(writer, 21, 40)
            until(lambda: len(listener.records()) > seen, "unconfirmed messages")
            broker.kill()
            gate.shut()
            listener.wait_unsubscribed()
            append_parts(writer, 61, 40)  # recorded while nobody listens
            until(lambda: "records wait" in publisher.log, "the outage is said")
            broker.start()
            listener.wait_subscribed()
            gate.open()
            wait_all(listener, tmp_path)
            assert publisher.process.poll() is None, "the publisher itself has lived through it"
        assert len(listener.records()) > len(told(tmp_path)), "what was not confirmed is told again"


def test_publisher_killed_again_and_again(tmp_path: Path, writer: RecordWriter, broker: Broker) -> None:
    configure(tmp_path, broker.port)
    writer.append("shift-open", opening(writer)).result(10)
    with Listener(broker.port) as listener:
        for life in range(4):
            with Publisher(tmp_path) as publisher:
                before = len(listener.records())
                append_parts(writer, 1 + 50 * life, 50)
                until(lambda before=before: len(listener.records()) > before + 20, "the stream runs")
                publisher.kill()
            until(lambda life=life: listener.statuses().count(GONE) == life + 1, "the last will")
        with Publisher(tmp_path):
            wait_all(listener, tmp_path)
            until(lambda: listener.statuses().count(("online", "")) == 5, "the last birth")
            with Listener(broker.port, "late") as late:
                until(lambda: any(retained for _, _, retained in list(late.heard)), "the retained birth")
                kept = [(topic, message) for topic, message, retained in late.heard if retained]
                assert [(topic, message["status"]) for topic, message in kept] == [("acme/site1/demo/status", "online")]
        births = [message["birth"] for message in listener.of("status")][:8]
        assert births[0::2] == births[1::2], "a will names its birth"


def test_the_cursor_saves_telling_everything_again(tmp_path: Path, writer: RecordWriter, broker: Broker) -> None:
    configure(tmp_path, broker.port)
    run_shift(writer, 10)
    with Listener(broker.port) as listener:
        with Publisher(tmp_path) as publisher:
            wait_all(listener, tmp_path)
            until(lambda: len(listener.of("seal")) == 1, "the seal")
            until(lambda: confirmed(tmp_path) == check_chain(tmp_path)[-1]["seq"], "the cursor")
            assert publisher.end() == 0
        run_shift(writer, 10, start=11)
        with Publisher(tmp_path) as publisher:
            wait_all(listener, tmp_path)
            until(lambda: len(listener.of("seal")) == 2, "the second seal")
            assert publisher.end() == 0
        assert len(listener.records()) == len(told(tmp_path))


def test_wrong_password_is_said_and_never_shown(tmp_path: Path, writer: RecordWriter, broker: Broker) -> None:
    configure(tmp_path, broker.port, password="not-this-one")
    run_shift(writer, 3)
    with Listener(broker.port) as listener:
        with Publisher(tmp_path) as publisher:
            until(lambda: "records wait" in publisher.log, "the refusal is said")
            assert publisher.end() == 0
            assert "not-this-one" not in publisher.log and PASSWORD not in publisher.log
        assert listener.heard == []
        configure(tmp_path, broker.port)
        with Publisher(tmp_path):
            wait_all(listener, tmp_path)


def test_a_password_that_others_can_read_is_refused(tmp_path: Path, writer: RecordWriter) -> None:
    configure(tmp_path, free_port())
    (tmp_path / "keys" / "mqtt-password").chmod(0o644)
    with Publisher(tmp_path) as publisher:
        publisher.process.wait(60)
        assert publisher.process.returncode == 3
        assert "chmod 600" in publisher.log
        assert PASSWORD not in publisher.log


@pytest.mark.long
def test_a_broker_that_never_answers_is_given_up(tmp_path: Path, writer: RecordWriter, broker: Broker) -> None:
    run_shift(writer, 3)
    with Gate(broker.port) as gate, Listener(broker.port) as listener:
        configure(tmp_path, gate.port, keepalive_s=5)
        gate.hold_answers()
        with Publisher(tmp_path) as publisher:
            until(lambda: "records wait" in publisher.log, "the silence is said")
            gate.shut()
            gate.open()
            wait_all(listener, tmp_path)
            assert publisher.end() == 0


def test_tls_checks_the_name_of_the_broker(tmp_path: Path, writer: RecordWriter) -> None:
    run_shift(writer, 3)
    authority = Authority(tmp_path)
    for names, good in ((["localhost", "127.0.0.1"], True), (["another.example"], False)):
        with Broker(tmp_path, tls=authority.issue(names)) as broker:
            configure(tmp_path, broker.port, tls=True, ca_file="ca.pem", host="localhost")
            with Publisher(tmp_path) as publisher:
                wanted = "connected to localhost" if good else "no TLS with the MQTT broker"
                until(lambda publisher=publisher, wanted=wanted: wanted in publisher.log, wanted)
                assert publisher.end() == 0


def test_the_doctor_asks_the_broker(tmp_path: Path, key: SigningKey, broker: Broker) -> None:
    from inspector.config import load_config

    configure(tmp_path, broker.port)
    assert "lets us in" in examine_broker(tmp_path, load_config(tmp_path).mqtt, "demo")
    configure(tmp_path, broker.port, password="wrong")
    with pytest.raises((BrokerAway, BrokerRefused)):
        examine_broker(tmp_path, load_config(tmp_path).mqtt, "demo")
    configure(tmp_path, free_port())
    with pytest.raises(BrokerAway, match="cannot be reached"):
        examine_broker(tmp_path, load_config(tmp_path).mqtt, "demo")


@pytest.mark.long
def test_no_broker_no_matter(tmp_path: Path) -> None:
    """Inspection goes on as ever without a broker, and while the publisher is killed; all is told in the end."""
    with Broker(tmp_path) as broker:
        broker.kill()  # its port stays free for later
        rig = StationRig(tmp_path / "station")
        settings = {"enabled": True, "port": broker.port, "tls": False, "reconnect_at_most_s": 1, "user": USER}
        settings |= {"password_file": "keys/mqtt-password"}
        with (rig.directory / "station.toml").open("a") as file:
            file.write("[mqtt]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        secret = rig.directory / "keys" / "mqtt-password"
        secret.touch(mode=0o600)
        secret.write_text(PASSWORD)
        with rig:
            rig.open_shift()
            rig.wait_ready()
            rig.wait_parts(10)
            rig.kill("mqtt")
            rig.wait_parts(20)
            rig.stop_belt()
            rig.wait_line_quiet()
            rig.close_shift()
            broker.start()
            with Listener(broker.port) as listener:
                wait_all(listener, rig.directory)
                until(lambda: len(listener.of("seal")) == 1, "the seal")
        rig.check_promises()
