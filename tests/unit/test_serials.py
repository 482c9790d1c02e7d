# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scans are bound to parts by their windows, and the scanner is heard through whatever it sends."""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.clock import SystemClock
from inspector.config import ScannerSettings
from inspector.errors import DeviceError
from inspector.ipc import Message
from inspector.part import PartKey, Serial
from inspector.recipe import Recipe
from inspector.station.scanner import LONGEST, SCANS_AT_ONCE, ScanFormatError, Scanner, ScanStream, examine_scanner
from inspector.station.serials import Bound, Reading, ScanBinder, reading_of

MS = 1_000_000


def key(number: int) -> PartKey:
    return PartKey("0" * 16, number)


def binder(from_ms: int = 0, until_ms: int = 100) -> ScanBinder:
    return ScanBinder(from_ms * MS, until_ms * MS, "NOREAD")


def bound(made: ScanBinder, parts: list[int], scans: list[tuple[int, str | None]]) -> dict[int, Bound]:
    """Play edges (ms, part numbers from 1) and scans in the order of time, and return every answer."""
    events: list[tuple[int, int, str | None]] = [(t, number, "") for number, t in enumerate(parts, 1)]
    events += [(t, 0, text) for t, text in scans]
    answers: list[Bound] = []
    for t, number, text in sorted(events, key=lambda event: event[:2]):
        answers += made.expire(t * MS)
        if number:
            made.on_part(key(number), t * MS)
        else:
            made.on_scan(text, t * MS)
    answers += made.expire((max(t for t, _, _ in events) + 10_000) * MS)
    assert sorted(one.key.part_seq for one in answers) == list(range(1, len(parts) + 1)), "each part exactly once"
    return {one.key.part_seq: one for one in answers}


def test_each_scan_goes_to_the_part_in_whose_window_it_is() -> None:
    answers = bound(binder(), [0, 200, 400], [(20, "A"), (230, "B"), (490, "C")])
    assert {number: one.text for number, one in answers.items()} == {1: "A", 2: "B", 3: "C"}


def test_a_part_whose_code_was_not_read_does_not_get_its_neighbours() -> None:
    answers = bound(binder(), [0, 200, 400], [(20, "A"), (430, "C")])
    assert {number: one.text for number, one in answers.items()} == {1: "A", 2: None, 3: "C"}
    assert answers[2].why_not == "no scan in the window of the part"


def test_two_scans_are_none() -> None:
    answers = bound(binder(), [0], [(20, "A"), (30, "A")])
    assert (answers[1].text, answers[1].why_not) == (None, "2 scans in the window of the part")


def test_a_scan_that_two_parts_could_claim_belongs_to_neither() -> None:
    answers = bound(binder(), [0, 60, 400], [(80, "A"), (430, "C")])
    assert [answers[number].text for number in (1, 2, 3)] == [None, None, "C"]
    assert answers[1].why_not == answers[2].why_not == "a scan in the windows of two parts"


def test_a_scanner_before_the_sensor_scans_before_the_edge() -> None:
    answers = bound(binder(-150, -50), [200, 400], [(100, "A"), (300, "B")])
    assert [answers[number].text for number in (1, 2)] == ["A", "B"]


def test_a_part_that_comes_late_can_still_make_a_scan_doubtful() -> None:
    """The window reaches before the edge, so that the scan at 90 is also of the part that comes at 180."""
    answers = bound(binder(-100, 100), [0, 180], [(90, "A")])
    assert [answers[number].text for number in (1, 2)] == [None, None]


def test_no_read_and_what_is_no_text() -> None:
    answers = bound(binder(), [0, 200], [(20, "NOREAD"), (230, None)])
    assert [answers[number] for number in (1, 2)] == [
        Bound(key(1), None, "the scanner could not read it"),
        Bound(key(2), None, "the scanner could not read it"),
    ]


def test_scans_of_nothing_are_counted_and_forgotten() -> None:
    made = binder()
    assert bound(made, [1_000], [(n, "X") for n in range(10)])[1].text is None
    assert made.strays == 10


@given(
    gaps=st.lists(st.integers(0, 300), min_size=1, max_size=12),
    scans=st.lists(st.integers(0, 3_000), max_size=20),
    window=st.tuples(st.integers(-120, 50), st.integers(60, 200)),
)
def test_a_bound_scan_is_the_only_one_of_its_part_and_of_no_other(
    gaps: list[int], scans: list[int], window: tuple[int, int]
) -> None:
    """Against the definition, on all scans and all parts at once."""
    edges = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    texts = [(t, f"S{index}") for index, t in enumerate(scans)]
    answers = bound(binder(*window), edges, list(texts))

    def fits(edge: int, t: int) -> bool:
        return window[0] <= t - edge <= window[1]

    for number, edge in enumerate(edges, 1):
        mine = [(t, text) for t, text in texts if fits(edge, t)]
        sure = len(mine) == 1 and sum(fits(other, mine[0][0]) for other in edges) == 1
        assert answers[number].text == (mine[0][1] if sure else None)


# The recipe's rule


def recipe(serial: str) -> Recipe:
    text = 'format = "inspector-recipe/1"\nname = "r"\nversion = "1"\n[classes.a]\nmin_score = 0.5\n[serial]\n'
    return Recipe.parse((text + serial).encode(), "test")


def test_readings_by_the_recipes_rule() -> None:
    strict = recipe('source = "scanner"\nrequired = true\nform = "S####"\n')
    assert reading_of(strict, "S0123", "scanner", "") == Reading(Serial("S0123", "scanner"), None)
    wrong = reading_of(strict, "X", "scanner", "")
    assert wrong.serial == Serial("X", "scanner")
    assert wrong.complaint == "serial 'X' does not have the form S####"
    assert reading_of(strict, None, "plc", "the controller gave none") == Reading(
        None, "serial not readable: the controller gave none"
    )
    for text in ("", "a\x07", "9" * 200):
        assert reading_of(strict, text, "plc", "").serial is None
    lenient = recipe('source = "scanner"\n')
    assert reading_of(lenient, None, "scanner", "why") == Reading(None, None)


# The stream and the connection


@given(
    st.lists(st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1), max_size=20),
    st.data(),
)
def test_scans_are_found_however_they_are_cut(texts: list[str], data: st.DataObject) -> None:
    for framing, sent in (
        ("line", "".join(text + data.draw(st.sampled_from(["\r", "\n", "\r\n"])) for text in texts)),
        ("stx-etx", "".join(f"\x02{text}\x03" for text in texts)),
    ):
        stream, found = ScanStream(framing), []
        rest = sent.encode()
        while rest:
            size = data.draw(st.integers(1, len(rest)))
            found += stream.feed(rest[:size])
            rest = rest[size:]
        assert found == texts


@given(st.lists(st.binary(max_size=200), max_size=20), st.sampled_from(["line", "stx-etx"]))
def test_anything_may_come(pieces: list[bytes], framing: str) -> None:
    stream = ScanStream(framing)
    try:
        for piece in pieces:
            assert all(text is None or len(text) <= LONGEST + 200 for text in stream.feed(piece))
    except ScanFormatError:
        pass


def test_what_is_no_scanner_is_hung_up_on() -> None:
    with pytest.raises(ScanFormatError):
        ScanStream("line").feed(b"x" * (LONGEST + 1))
    with pytest.raises(ScanFormatError):
        ScanStream("line").feed(b"x\n" * (SCANS_AT_ONCE + 1))
    assert ScanStream("line").feed(b"\xff\n") == [None]


class CodeReader:
    """A TCP server that one client may connect to, as code readers are."""

    def __init__(self, port: int = 0) -> None:
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.connection: socket.socket | None = None

    def accept(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self._listener.settimeout(60)
        self.connection, _ = self._listener.accept()

    def send(self, data: bytes) -> None:
        assert self.connection is not None
        self.connection.sendall(data)

    def hang_up(self) -> None:
        assert self.connection is not None
        self.connection.close()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self._listener.close()


@pytest.fixture
def reader() -> Iterator[CodeReader]:
    made = CodeReader()
    yield made
    made.close()


def heard(inbox: queue.Queue[Message], kind: str) -> Message:
    while True:
        message = inbox.get(timeout=60)
        if message["type"] == kind:
            return message


def test_a_scanner_is_heard_and_found_again_after_a_loss(reader: CodeReader) -> None:
    inbox: queue.Queue[Message] = queue.Queue()
    clock = SystemClock()
    scanner = Scanner(ScannerSettings(host="127.0.0.1", port=reader.port), clock, inbox.put)
    try:
        reader.accept()
        assert heard(inbox, "scanner-state")["reason"] == ""
        before_ns = clock.monotonic_ns()
        reader.send(b"S7-000")
        reader.send(b"123\r\nS7-000124\r\n")
        first, second = heard(inbox, "scan"), heard(inbox, "scan")
        assert [first["text"], second["text"]] == ["S7-000123", "S7-000124"]
        assert before_ns <= first["t_ns"] <= clock.monotonic_ns()
        reader.hang_up()
        assert "is away: it closed the connection" in heard(inbox, "scanner-state")["reason"]
        reader.accept()
        assert heard(inbox, "scanner-state")["reason"] == ""
        reader.send(b"x" * (LONGEST + 100))
        assert "something else than scans" in heard(inbox, "scanner-state")["reason"]
        reader.accept()
        reader.send(b"again\n")
        assert heard(inbox, "scan")["text"] == "again"
    finally:
        scanner.close()
    assert "scanner" not in {thread.name for thread in threading.enumerate()}


def test_a_scanner_that_is_not_there_is_said_to_be_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    inbox: queue.Queue[Message] = queue.Queue()
    scanner = Scanner(ScannerSettings(host="127.0.0.1", port=port), SystemClock(), inbox.put)
    try:
        assert f"127.0.0.1:{port} is away" in heard(inbox, "scanner-state")["reason"]
    finally:
        scanner.close()


def test_the_doctor_asks_whether_the_scanner_is_there(reader: CodeReader) -> None:
    here = ScannerSettings(host="127.0.0.1", port=reader.port)
    assert examine_scanner(here) == f"127.0.0.1:{reader.port} takes a connection"
    reader.close()
    with pytest.raises(DeviceError, match="is away"):
        examine_scanner(here)
