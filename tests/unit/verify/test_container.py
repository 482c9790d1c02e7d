# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a bundle: one form is read, every other bit of it is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.evidence import bundle as form
from inspector.evidence.bundle import BundleWriter
from inspector.evidence.verify import container as verify_container
from inspector.evidence.verify.container import Container, Refused

D1, D2 = "1" * 64, "2" * 64
MEMBERS = {
    "bundle.json": b"{}",
    "records.jsonl": b"x" * 500,
    "seals.txt": b"",
    "heads.txt": b"",
    "receipts.txt": b"",
    "keys/station.pub": b"key",
    f"documents/{D1}": b"one",
    f"documents/{D2}": b"two",
    "challenge/list.csv": b"a,b",
    f"images/22/{D2}.png": b"second",
    f"images/11/{D1}.png": b"first",
}


def built(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with closing(BundleWriter(stream)) as writer:
        for name, data in members.items():
            writer.add(name, data)
        writer.finish()
    return stream.getvalue()


WHOLE = built(MEMBERS)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "F.zip"
        path.write_bytes(data)
        return path

    return write


def everything(container: Container) -> dict[str, bytes | None]:
    """All members that it knows, read to the end."""
    found = {name: container.read(name, 1000) for name in MEMBERS}
    container.read_rest()
    return found


def test_what_the_writer_writes_is_read(put: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def check(data: bytes) -> None:
        with Container(put(data)) as container:
            assert everything(container) == MEMBERS
            assert (container.strangers, container.changed) == ([], [])
            assert container.names("documents") == [D1, D2]
            assert container.names("challenge") == ["list.csv"]
            assert [container.image_place(digest) for digest in (D2, D1, "3" * 64)] == [0, 1, None]
            assert container.image_name(1) == f"images/11/{D1}.png"
            assert container.digest("seals.txt") == (
                0,
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            )
            assert container.digest("nothing") is container.read("nothing", 9) is None
            assert container.read("records.jsonl", 9) == b"x" * 10, "one more than asked for, which fits nothing"

    check(WHOLE)
    for full16, full32 in ((5, 0xFFFFFFFF), (5, 600), (99, 400), (99, 1000)):
        monkeypatch.setattr(form, "_BIG16", full16)
        monkeypatch.setattr(form, "_BIG32", full32)
        monkeypatch.setattr(verify_container, "_FULL16", full16)
        monkeypatch.setattr(verify_container, "_FULL32", full32)
        check(built(MEMBERS))


def refused(path: Path) -> bool:
    """Whether a file is refused, at once or by its checksums."""
    try:
        with Container(path) as container:
            everything(container)
            return bool(container.strangers or container.changed)
    except Refused as error:
        assert error.tampered
        return True


SMALL = {"bundle.json": b"{}", "records.jsonl": b"x", f"documents/{D1}": b"four"}


def each_bit(put: Callable[[bytes], Path], bits: Callable[[int], Iterable[int]]) -> None:
    whole = built(SMALL)
    for position in range(len(whole)):
        for bit in bits(position):
            changed = bytearray(whole)
            changed[position] ^= 1 << bit
            assert refused(put(bytes(changed))), (position, bit)


@pytest.fixture(params=["small", "large"])
def numbers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers as they are, and such that need ZIP64, made small."""
    if request.param == "large":
        for module, full16, full32 in ((form, "_BIG16", "_BIG32"), (verify_container, "_FULL16", "_FULL32")):
            monkeypatch.setattr(module, full16, 3)
            monkeypatch.setattr(module, full32, 4)


@pytest.mark.usefixtures("numbers")
def test_each_byte_counts(put: Callable[[bytes], Path]) -> None:
    each_bit(put, lambda position: [position % 8])


@pytest.mark.long
@pytest.mark.usefixtures("numbers")
def test_each_bit_counts(put: Callable[[bytes], Path]) -> None:
    each_bit(put, lambda position: range(8))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data + b"\0",
        lambda data: b"\0" + data,
        lambda data: data[:-1],
        lambda data: data[:-22],
        lambda data: data[:700],
        lambda data: data[:-2] + b"\4\0note",
        lambda data: data[: data.index(b"PK\1\2")] + b"\0" + data[data.index(b"PK\1\2") :],
        lambda data: data + data,
        lambda data: b"PK\3\4",
        lambda data: b"PK\5\6" + bytes(17),
        lambda data: b"PK\5\6" + b"\xff" * 18,
    ],
)
def test_other_zips_are_refused(put: Callable[[bytes], Path], change: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Refused) as told:
        Container(put(change(WHOLE)))
    assert (told.value.rule, told.value.tampered) == ("BUNDLE-01", True)


@pytest.mark.parametrize("data", [b"", b"PK", b"{}", b"x" * 70_000, b"\x50\x4b\x07\x08" * 9])
def test_what_is_no_zip_is_no_tampering(put: Callable[[bytes], Path], data: bytes) -> None:
    with pytest.raises(Refused) as told:
        Container(put(data))
    assert (told.value.rule, told.value.tampered) == ("BUNDLE-01", False)


def test_an_empty_zip_has_the_form_and_nothing_in_it(put: Callable[[bytes], Path]) -> None:
    with Container(put(built({}))) as container:
        assert container.member("bundle.json") is None
        assert container.image_count == 0


@pytest.mark.parametrize(
    "names",
    [
        ["records.jsonl", "bundle.json"],
        ["bundle.json", "bundle.json"],
        [f"documents/{D2}", f"documents/{D1}"],
        [f"documents/{D1}", f"documents/{D1}"],
        ["challenge/a", f"documents/{D1}"],
        ["records.jsonl", f"images/11/{D1}.png", f"images/11/{D1}.png"],
        ["../bundle.json"],
        ["/etc/passwd"],
        ["a//b"],
        ["a/"],
        ["challenge/.."],
        ["./a"],
        ["a\\b"],
        ["a b"],
        ["a\x00"],
        [""],
    ],
)
def test_names_once_in_order_and_plain(put: Callable[[bytes], Path], names: list[str]) -> None:
    stream = io.BytesIO()
    with closing(BundleWriter(stream)) as writer:
        for name in names:
            writer.add(name, b"x" * 900)
        writer.finish()
    with pytest.raises(Refused) as told:
        Container(put(stream.getvalue()))
    assert told.value.rule == "BUNDLE-01"


def test_a_name_that_is_not_ascii(put: Callable[[bytes], Path]) -> None:
    with pytest.raises(Refused, match="not ASCII"):
        Container(put(WHOLE.replace(b"challenge/list.csv", "challenge/lüst.cv".encode())))


def test_names_of_no_row_are_told(put: Callable[[bytes], Path]) -> None:
    names = ["README", "images/11/short.png", f"images/12/{D1}.png", "documents/ABC", "keys/other.pub"]
    with Container(put(built(dict.fromkeys(names, b"")))) as container:
        assert container.strangers == names


def test_a_small_file_cannot_make_us_remember_much(
    put: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = {f"images/{n:02x}/{n:02x}{'0' * 62}.png": b"" for n in range(3)}
    for members in (images, {"records.jsonl": b"x" * 599, **images}):
        with pytest.raises(Refused, match="more images than") as told:
            Container(put(built(members)))
        assert told.value.rule == "BUNDLE-02"
    monkeypatch.setattr(verify_container, "_MOST_OTHERS", 2)
    for names in (["a", "b", "c"], [f"documents/{n}{'0' * 63}" for n in range(3)]):
        with pytest.raises(Refused, match="more members than"):
            Container(put(built(dict.fromkeys(names, b""))))


def test_a_file_that_becomes_shorter_is_an_error_of_reading(put: Callable[[bytes], Path]) -> None:
    path = put(built({"records.jsonl": b"x" * 100_000}))
    with Container(path) as container:
        path.write_bytes(b"x" * 60)
        with pytest.raises(OSError, match="shorter"):
            container.digest("records.jsonl")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300), cut=st.integers(0, len(WHOLE)), gone=st.integers(0, 40), new=st.binary(max_size=40)
)
def test_any_bytes(put: Callable[[bytes], Path], data: bytes, cut: int, gone: int, new: bytes) -> None:
    for bad in (data, b"PK\3\4" + data, data + b"PK\5\6" + bytes(18), WHOLE[:cut] + new + WHOLE[cut + gone :]):
        try:
            with Container(put(bad)) as container:
                everything(container)
                whole = container.member("bundle.json") is not None
                assert bad == WHOLE or container.changed or container.strangers or not whole
        except Refused as error:
            assert error.message
