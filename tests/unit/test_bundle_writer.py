# SPDX-License-Identifier: AGPL-3.0-or-later
"""The container of a bundle: the bytes that Python's zipfile writes, without its memory."""

from __future__ import annotations

import io
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from inspector.durable import writing_durable
from inspector.errors import FormatInvalid
from inspector.evidence import bundle as form
from inspector.evidence.bundle import BundleWriter, Manifest, Scope
from inspector.evidence.verify import bundle_content as verify_bundle_content
from tests.unit.evidence_samples import FIELDS, H1, H2, H3, OPTIONAL

MEMBERS = {"bundle.json": b"{}", "records.jsonl": b"x" * 3000, "seals.txt": b"", "documents/a": bytes(range(256))}


def ours(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with closing(BundleWriter(stream)) as writer:
        for name, data in members.items():
            writer.add(name, data)
        writer.finish()
    return stream.getvalue()


def theirs(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()


@pytest.mark.skipif(zipfile.ZipInfo("x").create_system != 3, reason="zipfile says elsewhere that it is elsewhere")
def test_the_bytes_are_those_of_the_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ours(MEMBERS) == theirs(MEMBERS)
    assert ours({}) == theirs({})
    # A number of members that needs ZIP64, made small.
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    monkeypatch.setattr(form, "_BIG16", 3)
    many = ours(MEMBERS)
    assert b"PK\x06\x06" in many
    assert many[: -form._END.size] == theirs(MEMBERS)[: -form._END.size]


def test_more_members_than_16_bits_count() -> None:
    stream = io.BytesIO(ours({f"documents/{number}": b"" for number in range(0x10001)}))
    with zipfile.ZipFile(stream) as archive:
        assert len(archive.namelist()) == 0x10001


class Far(io.BytesIO):
    """A stream that seems to be longer than 32 bits count."""

    skipped = 0

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if len(data) == 1 << 20:
            self.skipped += len(data)
            return len(data)
        return super().write(data)

    def tell(self) -> int:
        return super().tell() + self.skipped

    def seek(self, position: int, whence: int = 0) -> int:
        return super().seek(max(position - self.skipped, 0) if position > 100 else position, whence)


def test_members_behind_four_gigabytes_have_numbers_of_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form.zlib, "crc32", lambda data, crc=0: 7)
    stream, size = Far(), 1 << 32
    with closing(BundleWriter(stream)) as writer:
        with writer.member("records.jsonl", size) as member:
            for _ in range(size >> 20):
                member.write(bytes(1 << 20))
        writer.add("seals.txt", b"abc")
        writer.finish()
    data = stream.getvalue()
    header = data[: form._LOCAL.size]
    assert form._LOCAL.unpack(header)[6:10] == (7, 0xFFFFFFFF, 0xFFFFFFFF, 13)
    assert data[form._LOCAL.size + 13 :][:20] == b"\x01\0\x10\0" + size.to_bytes(8, "little") * 2
    directory = data[data.index(b"PK\x01\x02") :]
    assert form._CENTRAL.unpack(directory[: form._CENTRAL.size])[1:3] == (0x032D, 45)
    second = directory[directory.index(b"PK\x01\x02", 4) :]
    offset = size + form._LOCAL.size + 13 + 20
    assert form._CENTRAL.unpack(second[: form._CENTRAL.size])[-1] == 0xFFFFFFFF
    assert second[form._CENTRAL.size + 9 :][:12] == b"\x01\0\x08\0" + offset.to_bytes(8, "little")
    assert form._END64.unpack(data[data.index(b"PK\x06\x06") :][: form._END64.size])[6:8] == (2, 2)


@pytest.mark.parametrize("data", [b"", b"ab", b"abcd"])
def test_a_member_is_as_long_as_announced(data: bytes) -> None:
    with (
        closing(BundleWriter(io.BytesIO())) as writer,
        pytest.raises(FormatInvalid),
        writer.member("seals.txt", 3) as member,
    ):
        member.write(data)


def test_manifest_is_canonical() -> None:
    manifest = Manifest("line-4", Scope("lot", "Größe 7"), 5, 3, 2, 2, H1, H2, True)
    assert (
        manifest.encode()
        == (
            '{"count":3,"first":5,"first_shift":2,"images":true,"last_shift":2,"prev":"'
            + H1
            + '","prev_seal":"'
            + H2
            + '",'
            '"scope":{"kind":"lot","value":"Größe 7"},"station":"line-4","type":"bundle","v":1}'
        ).encode()
    )


def test_what_records_name() -> None:
    named = {kind: list(form.named_documents({"type": kind, **fields})) for kind, fields in FIELDS.items()}
    assert {kind: found for kind, found in named.items() if found} == {
        "shift-open": [H2, H3, H2],
        "part": [H2, H3],
        "challenge-start": [H2],
        "bypass-start": [H2],
        "key-rotate": [H1],
        "key-statement": [H1],
        "setup": [H1, H2, H3, H1],
    }
    assert list(form.named_documents({"type": "signature", **FIELDS["signature"], "statement": H3})) == [H3]
    assert list(form.named_documents(whole({"type": "change", **FIELDS["change"]}))) == [H1, H2, H3, "4" * 64]
    assert list(form.named_documents({"type": "shift-open", "cameras": 3, "recipe": [], "model": {"digest": 4}})) == []


def whole(fields: dict[str, object]) -> dict[str, object]:
    """With each optional field that may name a document."""
    kind = fields["type"]
    more: dict[str, object] = {"retention": {"name": "thirty days", "digest": H1}} if kind == "shift-open" else {}
    return {**fields, **more, **OPTIONAL.get(str(kind), {})}


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_writer_and_verifier_know_the_same_documents(kind: str) -> None:
    """A document that only one of them knows would be left out of each bundle, or be called a stranger in it."""
    fields = whole({"type": kind, **FIELDS[kind]})
    assert sorted(form.named_documents(fields)) == sorted(verify_bundle_content._named(fields))


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a[1].zip"
    left = tmp_path / ".a[1].zip.0000.tmp"
    left.write_bytes(b"of a killed export")
    with writing_durable(path) as stream:
        stream.write(b"new")
        assert not path.exists()
        assert not left.exists()
    assert path.read_bytes() == b"new"

    def fail() -> None:
        with writing_durable(path) as stream:
            stream.write(b"other")
            raise FormatInvalid("for a reason")

    with pytest.raises(FormatInvalid):
        fail()
    assert [file.name for file in tmp_path.iterdir()] == ["a[1].zip"]
    assert path.read_bytes() == b"new"
