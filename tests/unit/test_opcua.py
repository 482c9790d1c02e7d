# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OPC UA server's parts: mapping of states and results, users, certificates; its page is held to the code."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.api.schema import Status
from inspector.cli.main import main
from inspector.config import OpcuaSettings
from inspector.errors import AccessDenied, ConfigError, EvidenceError, FormatInvalid, Refused, StationAway
from inspector.ipc import Hub
from inspector.opcua import nodes
from inspector.opcua.certificates import (
    CERTIFICATE,
    KEY,
    REJECTED,
    REJECTED_AT_MOST,
    TRUSTED,
    TrustList,
    check_identity,
    create_certificate,
    listed,
    listen_address,
    trust,
)
from inspector.opcua.examine import examine, missing
from inspector.opcua.methods import Error, Methods
from inspector.opcua.nodes import Right
from inspector.opcua.results import EVALUATIONS, OK, News, Results, content_of, opening_of, result_of
from inspector.opcua.sparing import LINES, SparingLog
from inspector.opcua.stack.values import Values
from inspector.opcua.states import (
    AUTOMATIC,
    CONTINUOUS,
    ERROR,
    INITIALIZED,
    MAIN,
    OPERATIONAL,
    PREOPERATIONAL,
    READY,
    TRANSITIONS,
    VisionState,
    vision_state,
    way,
)
from inspector.opcua.types import BUILT_IN, DATA_TYPES, STRUCTURES, Field, own
from inspector.opcua.users import LOCKED_S, TRIES, USERS_FILE, Logins, NewUser, add_user, read_users, remove_user
from inspector.part import Verdict
from inspector.station.events import EventBus
from inspector.store.read import StoredRecord
from tests.api_station import IDLE, make_station, status_document
from tests.opcua_peers import make_identity
from tests.station_bench import NotingHub
from tests.unit.evidence_samples import FIELDS, envelope

PAGE = (Path(__file__).parents[2] / "docs" / "integrator.md").read_text(encoding="utf-8")
STATES = [VisionState(main) for main in MAIN if main is not OPERATIONAL]
STATES += [VisionState(OPERATIONAL, automatic) for automatic in AUTOMATIC]
PASSWORD = "a long password"


def stored(kind: str, *, seq: int = 2, shift: int = 1, **fields: object) -> StoredRecord:
    record = {**envelope(kind), **FIELDS[kind], "seq": seq, "shift": shift, **fields}
    return StoredRecord(seq, kind, shift, json.dumps(record).encode(), f"{seq:064x}")


OPENING = opening_of(stored("shift-open", seq=1))


# States


def status(**changes: object) -> Status:
    return Status.model_validate(status_document(**changes))


@pytest.mark.parametrize(
    ("document", "main", "automatic"),
    [
        (status(), OPERATIONAL, CONTINUOUS),
        (status(**IDLE), OPERATIONAL, READY),
        (status(state="STARTING", ready=False), PREOPERATIONAL, None),
        (status(state="FAULT", ready=False), ERROR, None),
        (status(stopped=True, ready=False), ERROR, None),
        (status(ready=False), OPERATIONAL, INITIALIZED),
        (status(state="CLOSING", ready=False), OPERATIONAL, CONTINUOUS),
        (status(**IDLE | {"reasons": [{"code": "CAMERA_LOST", "message": "x"}]}), OPERATIONAL, INITIALIZED),
        (None, ERROR, None),
    ],
)
def test_the_state_that_is_shown(document: Status | None, main: object, automatic: object) -> None:
    shown = vision_state(document, "it does not answer", heard=True)
    assert (shown.main, shown.automatic) == (main, automatic)


def test_before_the_first_answer_the_station_is_starting() -> None:
    assert vision_state(None, "not running", heard=False) == VisionState(PREOPERATIONAL, None, "not running")


def test_every_way_is_of_known_transitions_and_arrives() -> None:
    for old in STATES:
        for new in STATES:
            steps = list(way(old, replace(new, why="because")))
            assert (steps[-1][1] if steps else old).automatic is new.automatic
            assert (steps[-1][1] if steps else old).main is new.main
            assert all(transition in TRANSITIONS for transition, _ in steps)
            places = [old.automatic if t.source in AUTOMATIC else old.main for t, _ in steps[:1]]
            assert [transition.source for transition, _ in steps[:1]] == places
            for (_, here), (following, _) in pairwise(steps):
                assert following.source in (here.main, here.automatic)


def test_the_server_is_sent_what_it_asked_for_and_no_pictures() -> None:
    hub = NotingHub()
    bus = EventBus(cast(Hub, hub), 5)
    bus.subscribe("opcua", frozenset({"state"}))
    bus.publish("part", {})  # nobody wants it
    bus.subscribe("api")
    bus.publish("part", {})
    bus.publish("state", {})
    bus.close()
    assert [(to, message["name"]) for to, message in hub.sent] == [
        ("api", "part"),
        ("opcua", "state"),
        ("api", "state"),
    ]


# Results


def test_only_pass_is_ok_and_every_verdict_is_mapped() -> None:
    assert set(EVALUATIONS) == set(Verdict)
    assert [verdict for verdict, (_, evaluation) in EVALUATIONS.items() if evaluation == OK] == [Verdict.PASS]


@pytest.mark.parametrize("purpose", ["production", "challenge"])
@pytest.mark.parametrize("simulated", [True, False])
def test_a_challenge_part_is_never_a_real_one(purpose: str, simulated: bool) -> None:
    result = result_of(stored("part", purpose=purpose), replace(OPENING, simulated=simulated))
    assert result.fields["IsSimulated"] is (simulated or purpose == "challenge")


def test_a_part_without_a_serial_is_named_by_its_key() -> None:
    result = result_of(stored("part", serial=None), OPENING)
    key = FIELDS["part"]["key"]
    assert result.fields["PartId"] == {"Id": f"{key['line_boot']}/{key['part_seq']}"}


@given(
    st.dictionaries(
        st.sampled_from([*FIELDS["part"], "x"]), st.none() | st.integers() | st.text() | st.lists(st.none())
    )
)
def test_a_damaged_part_is_said_and_never_a_crash(changes: dict[str, object]) -> None:
    try:
        result_of(stored("part", **changes), OPENING)
    except EvidenceError:
        pass


class Reader:
    """Records in a list."""

    def __init__(self, *records: StoredRecord) -> None:
        self.records = list(records)

    def latest(self, limit: int, *, kind: str | None = None, before_seq: int | None = None) -> list[StoredRecord]:
        fit = [r for r in self.records if kind in (None, r.kind) and (before_seq is None or r.seq < before_seq)]
        return fit[::-1][:limit]

    def following(self, seq: int, limit: int) -> list[StoredRecord]:
        return [record for record in self.records if record.seq > seq][:limit]

    def outcome(self, line_boot: str, part_seq: int) -> StoredRecord | None:
        key = {"line_boot": line_boot, "part_seq": part_seq}
        return next((r for r in self.records if r.kind == "outcome" and r.fields["key"] == key), None)


def results_of(reader: Any, capacity: int = 3) -> Results:
    return Results(reader, capacity, simulated=False)


def numbered(seq: int) -> StoredRecord:
    return stored("part", seq=seq, key={"line_boot": "00000000000000a1", "part_seq": seq})


def outcome_of(part: StoredRecord, seq: int) -> StoredRecord:
    return stored("outcome", seq=seq, key=part.fields["key"], part=part.hash, commanded="reject", confirmed="reject")


def test_results_are_read_on_and_the_oldest_are_forgotten() -> None:
    reader = Reader(numbered(1), stored("shift-open", seq=2), numbered(3))
    results = results_of(reader)
    assert [result.fields["JobId"] for result in results] == [{"Id": ""}, {"Id": OPENING.lot}]
    reader.records += [outcome_of(numbered(1), 4), numbered(5), numbered(6)]
    news = results.read_on()
    assert [[result.seq for result in group] for group in (news.fresh, news.followed)] == [[5, 6], []]
    assert results.read_on() == News()
    assert [result.seq for result in results] == [3, 5, 6]
    assert [result.seq for result in results.matching({"JobId": OPENING.lot})] == [6, 5, 3]
    assert results.matching({"ResultState": 4}) == []
    assert results.find(f"{6:064x}") is not None and results.find(f"{1:064x}") is None


def test_where_a_part_went_is_added_when_it_is_known() -> None:
    reader = Reader(numbered(1), numbered(2), outcome_of(numbered(1), 3))
    results = results_of(reader)
    assert [content_of(result)["Confirmed"] for result in results] == ["reject", ""]
    reader.records += [outcome_of(numbered(2), 4), numbered(5), outcome_of(numbered(5), 6)]
    news = results.read_on()
    assert [content_of(result)["Commanded"] for result in (*news.fresh, *news.followed)] == ["reject", "reject"]
    reader.records += [outcome_of(numbered(99), 7)]
    assert results.read_on() == News(), "an outcome of a part that is forgotten"


# Methods


class Link:
    """A station that answers with what it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def state(self) -> dict[str, object]:
        return status_document()

    async def call(self, command: str, arguments: dict[str, object], actor: str, timeout_s: float) -> dict[str, object]:
        if self.error is not None:
            raise self.error
        return {}


def answer(link: Link, path: str, **inputs: object) -> Any:
    methods = Methods(link, results_of(Reader()))  # type: ignore[arg-type]
    return asyncio.run(methods.answer(path, inputs, "mes"))


@pytest.mark.parametrize(
    ("error", "code"),
    [(None, Error.NONE), (Refused("SHIFT", "no", ""), Error.REFUSED), (StationAway("gone"), Error.AWAY)],
)
def test_what_the_station_says_becomes_an_error_code(error: Exception | None, code: Error) -> None:
    assert answer(Link(error), f"{nodes.MACHINE}.Reset", Cause=0, CauseDescription="mended")["Error"] == code
    assert answer(Link(error), f"{nodes.AUTOMATIC_MODE}.Stop", Cause=0, CauseDescription="")["Error"] == code


@given(st.lists(st.text(max_size=80) | st.integers() | st.none(), max_size=3), st.text(max_size=300))
def test_arguments_of_a_client_are_looked_at(parameters: list[object], words: str) -> None:
    empty: dict[str, object] = {name: {} for name in ("MeasId", "PartId", "RecipeId", "ProductId")}
    opened = answer(Link(), f"{nodes.AUTOMATIC_MODE}.StartContinuous", **empty, Parameters=parameters)
    good = len(parameters) == 1 and isinstance(parameters[0], str) and 0 < len(parameters[0].strip()) <= 64
    good = good and str(parameters[0]).strip().isprintable()
    assert opened["Error"] == (Error.NONE if good else Error.ARGUMENT)
    assert bool(opened["JobId"]["Id"]) is good
    reset = answer(Link(), f"{nodes.MACHINE}.Reset", Cause=0, CauseDescription=words)
    assert (reset["Error"] == Error.NONE) is (0 < len(words.strip()) <= 200 and words.strip().isprintable())


# Values of the wire


@given(
    st.sampled_from(["Int32", "UInt32", "Int64", "String", "Boolean", "TriStateBooleanDataType", "Handle"]), st.data()
)
def test_an_argument_of_another_type_is_refused(kind: str, data: st.DataObject) -> None:
    from asyncua import ua

    anything = st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats() | st.lists(st.none())
    value = data.draw(anything)
    try:
        wire = ua.VariantType.Null if value is None else ua.VariantType.Variant
        plain = Values(lambda _id: ua.NodeId(), {}).plain(Field("X", kind), ua.Variant(value, wire))
    except FormatInvalid:
        return
    expected = {"String": str, "Boolean": bool}.get(kind, int)
    assert type(plain) is expected


def test_every_type_of_the_tables_is_known() -> None:
    used = [field for structure in STRUCTURES for field in structure.fields]
    used += [field for method in nodes.METHODS for field in (*method.inputs, *method.outputs)]
    used += [field for event in nodes.EVENTS for field in event.fields]
    names = {field.type for field in used} | {variable.type for variable in nodes.VARIABLES}
    assert names <= set(BUILT_IN) | set(DATA_TYPES)
    ids = [each.id for each in (*DATA_TYPES.values(), *nodes.TYPES, *nodes.EVENTS, *MAIN, *AUTOMATIC, *TRANSITIONS)]
    ids += [structure.encoding for structure in STRUCTURES]
    ids += [own(each.path) for each in (*nodes.OBJECTS, *nodes.VARIABLES, *nodes.METHODS)]
    assert len(ids) == len(set(ids))


# Users


def test_users_come_and_go(tmp_path: Path) -> None:
    assert add_user(tmp_path, NewUser("mes", Right.READ, PASSWORD)) is False
    assert add_user(tmp_path, NewUser("a.b-c_1", Right.READ, PASSWORD)) is False
    assert add_user(tmp_path, NewUser("mes", Right.OPERATE, PASSWORD)) is True
    assert read_users(tmp_path) == {"mes": Right.OPERATE, "a.b-c_1": Right.READ}
    text = (tmp_path / USERS_FILE).read_text()
    assert PASSWORD not in text and text.count("scrypt = ") == 2
    remove_user(tmp_path, "mes")
    remove_user(tmp_path, "a.b-c_1")
    assert read_users(tmp_path) == {}
    with pytest.raises(ConfigError, match="no user"):
        remove_user(tmp_path, "mes")


@pytest.mark.parametrize(
    "user", [NewUser("", Right.READ, PASSWORD), NewUser('a"b', Right.READ, PASSWORD), NewUser("a", Right.READ, "short")]
)
def test_names_and_passwords_that_will_not_do(tmp_path: Path, user: NewUser) -> None:
    with pytest.raises(ConfigError):
        add_user(tmp_path, user)
    assert not (tmp_path / USERS_FILE).exists()


def test_guessing_is_slow(tmp_path: Path) -> None:
    add_user(tmp_path, NewUser("mes", Right.OPERATE, PASSWORD))
    now = [0.0]
    told: list[tuple[str, str]] = []
    logins = Logins(tmp_path, lambda: now[0], lambda name, result: told.append((name, result)))
    for _ in range(TRIES):
        assert logins.right_of("mes", "wrong") is None
    assert logins.right_of("mes", PASSWORD) is None, "locked, even with the right one"
    assert logins.right_of("nobody", PASSWORD) is None
    now[0] = LOCKED_S
    assert logins.right_of("mes", PASSWORD) is Right.OPERATE
    assert told == [("mes", "failed")] * TRIES + [("mes", "locked"), ("nobody", "failed"), ("mes", "ok")]
    for number in range(100):
        logins.right_of(f"guess-{number}", "x")
    assert len(logins._failures) == 1, "names that do not exist take no memory"


@given(st.text(max_size=300))
def test_a_damaged_file_of_users_lets_nobody_in(text: str) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / USERS_FILE
        path.parent.mkdir()
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        assert Logins(Path(folder), lambda: 0.0).right_of("mes", PASSWORD) is None


def test_a_file_of_users_that_others_can_read_lets_nobody_in(tmp_path: Path) -> None:
    add_user(tmp_path, NewUser("mes", Right.OPERATE, PASSWORD))
    (tmp_path / USERS_FILE).chmod(0o644)
    assert Logins(tmp_path, lambda: 0.0).right_of("mes", PASSWORD) is None


# Certificates


def test_the_command_line_sets_it_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_station(tmp_path, "[opcua]\nenabled = true\n")
    station = ["--station", str(tmp_path), "--json"]
    assert main(["opcua", "init", *station]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["application_uri"] == check_identity(tmp_path, "127.0.0.1").application_uri
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    assert main(["opcua", "init", *station]) == 3
    capsys.readouterr()
    client = make_identity(tmp_path)
    with pytest.raises(AccessDenied):
        TrustList(tmp_path, lambda: datetime.now(UTC)).admit(client.certificate.read_bytes())
    (refused,) = listed(tmp_path, REJECTED)
    assert main(["opcua", "trust", refused.thumbprint[:12], *station]) == 0
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    adding = ["opcua", "user", "add", "mes", "--role", "operate", "--password-file", str(secret)]
    assert main([*adding, *station]) == 0
    capsys.readouterr()
    assert main(["opcua", "status", *station]) == 0
    state = json.loads(capsys.readouterr().out)
    assert (state["users"], state["rejected"], len(state["trusted"])) == ({"mes": "operate"}, [], 1)
    assert state["certificate"]["thumbprint"] == made["certificate"]["thumbprint"]
    assert main(["opcua", "user", "remove", "mes", *station]) == 0
    assert main(["opcua", "user", "remove", "mes", *station]) == 3
    assert main(["opcua", "trust", "0123456789ab", *station]) == 3
    assert main(["opcua", "status", "--station", str(tmp_path)]) == 0
    assert "CN=client" in capsys.readouterr().out


def test_who_is_admitted(tmp_path: Path) -> None:
    now = [datetime.now(UTC)]
    trusted = TrustList(tmp_path, lambda: now[0])
    client = make_identity(tmp_path)
    data = client.certificate.read_bytes()
    trust(tmp_path, client.certificate)
    trusted.admit(data)
    trusted.admit(data + b"more of a chain")
    for moment in (timedelta(days=2), timedelta(days=-2)):
        now[0] = datetime.now(UTC) + moment
        with pytest.raises(AccessDenied, match="valid from"):
            trusted.admit(data)
    (tmp_path / TRUSTED / "broken.der").write_bytes(b"\x30\x82")
    now[0] = datetime.now(UTC)
    trusted.admit(data)


@given(st.none() | st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: b"\x30\x82\x00\x60" + tail))
def test_bytes_that_are_no_certificate(data: bytes | None) -> None:
    with pytest.raises(AccessDenied):
        TrustList(Path("nowhere"), lambda: datetime.now(UTC)).admit(data)


def test_refused_certificates_do_not_fill_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / REJECTED
    folder.mkdir(parents=True)
    for number in range(REJECTED_AT_MOST + 5):
        (folder / f"{number:064x}.der").write_bytes(b"old")
    with pytest.raises(AccessDenied):
        TrustList(tmp_path, lambda: datetime.now(UTC)).admit(make_identity(tmp_path).certificate.read_bytes())
    assert len(list(folder.glob("*.der"))) == REJECTED_AT_MOST
    assert [each.subject for each in listed(tmp_path, REJECTED)] == ["CN=client"]


@pytest.mark.parametrize("host", ["0.0.0.0", "plant.example", "::"])
def test_it_does_not_listen_everywhere(host: str) -> None:
    with pytest.raises(ConfigError):
        listen_address(host)


def test_it_does_not_start_without_a_certificate(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="opcua init"):
        check_identity(tmp_path, "127.0.0.1")
    (tmp_path / "opcua").mkdir()
    (tmp_path / CERTIFICATE).write_bytes(b"none")
    (tmp_path / KEY).touch(mode=0o600)
    with pytest.raises(ConfigError, match="no certificate"):
        check_identity(tmp_path, "127.0.0.1")


def test_without_asyncua_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="extra"):
        examine(Path("nowhere"), OpcuaSettings())


def test_what_keeps_clients_out_is_said(tmp_path: Path) -> None:
    make_station(tmp_path)
    create_certificate(tmp_path, "st1", "127.0.0.1")
    settings = OpcuaSettings()
    identity = examine(tmp_path, settings)
    assert [words.split(":")[0] for words in missing(tmp_path, settings, identity)] == [
        "no client is trusted",
        "nobody can log in",
    ]
    trust(tmp_path, make_identity(tmp_path).certificate)
    add_user(tmp_path, NewUser("mes", Right.READ, PASSWORD))
    assert missing(tmp_path, settings, identity) == []
    soon = replace(identity, until=datetime.now(UTC) + timedelta(days=5))
    assert len(missing(tmp_path, settings, soon)) == 1


def test_a_certificate_whose_time_is_over_is_not_shown_to_anybody(tmp_path: Path) -> None:
    make_station(tmp_path)
    create_certificate(tmp_path, "st1", "127.0.0.1")
    old = make_identity(tmp_path, "old", (-3, -1))
    (tmp_path / CERTIFICATE).write_bytes(old.certificate.read_bytes())
    with pytest.raises(ConfigError, match="was valid until"):
        examine(tmp_path, OpcuaSettings())


def test_a_hostile_peer_cannot_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    log = SparingLog(logging.getLogger("test"), lambda: now[0])
    for _ in range(10 * LINES):
        log.warning("refused")
    assert len(caplog.records) == LINES
    now[0] = 61.0
    log.warning("refused")
    assert [record.getMessage() for record in caplog.records[LINES:]] == [
        f"{9 * LINES} more such lines were left out",
        "refused",
    ]


# The page


def table(heading: str) -> list[list[str]]:
    """Cells of the table under a heading, without their backticks."""
    section = PAGE.split(f"### OPC UA: {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows[2:]]


def words(fields: tuple[Field, ...]) -> str:
    return ", ".join(f"{field.name} {shape(field.type, field.array)}" for field in fields)


def shape(kind: str, array: bool) -> str:
    return kind + ("[]" if array else "")


def test_the_page_has_the_tables_of_the_code() -> None:
    assert [row[:2] for row in table("nodes")] == [[v.path, shape(v.type, v.array)] for v in nodes.VARIABLES]
    assert table("transitions") == [[str(t.number), t.name] for t in TRANSITIONS]
    assert [row[:2] for row in table("results")] == [[f.name, shape(f.type, f.array)] for f in nodes.RESULT_FIELDS]
    content = next(structure for structure in STRUCTURES if structure.name == "InspectionContent")
    assert [row[:2] for row in table("InspectionContent")] == [[f.name, shape(f.type, f.array)] for f in content.fields]
    evaluations = [[v.value, str(s), str(e)] for v, (s, e) in EVALUATIONS.items()]
    assert [[row[0], row[1][0], row[2][0]] for row in table("verdicts")] == evaluations
    methods = [[m.path, m.right.value, words(m.inputs), words(m.outputs)] for m in nodes.METHODS]
    assert [row[:4] for row in table("methods")] == methods
    assert [row[:2] for row in table("Error")] == [[str(int(error)), error.name] for error in Error]
    fields = [", ".join(f.name for f in event.fields) or "those of TransitionEventType" for event in nodes.EVENTS]
    assert [[row[0], row[3]] for row in table("events")] == [
        [event.name, has] for event, has in zip(nodes.EVENTS, fields, strict=True)
    ]
    shown = {name for row in table("states") for name in row[1:]}
    assert shown == {s.name for s in (*MAIN, *AUTOMATIC)} | {"(Bad_StateNotActive)"}
