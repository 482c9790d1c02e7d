# SPDX-License-Identifier: AGPL-3.0-or-later
"""One bit flipped anywhere in the history of a real station is named by `inspector verify`, exit code 2."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from inspector.auditor import verify_bundle as independent
from inspector.cli.main import main
from inspector.evidence.keys import SigningKey
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
from tests.rig import StationRig

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station directory as a short real run leaves it: a sealed and anchored shift, and an open one with a head."""
    rig = StationRig(tmp_path_factory.mktemp("history") / "station", rate_ppm=300)
    settings = rig.directory / "station.toml"
    settings.write_text(settings.read_text() + "\n[records]\nhead_every_parts = 4\n")
    with rig:
        rig.open_shift()
        rig.wait_parts(12)
        rig.close_shift()
        rig.wait_anchored()
        rig.open_shift()
        rig.wait_parts(len(rig.truth()) + 5)
        rig.stop_belt()
        rig.wait_line_quiet()
        rig.stop()
    assert rig.verify().exit_code == 0
    return rig.directory


@pytest.fixture
def copy(history: Path, tmp_path: Path) -> Path:
    """A copy to tamper with."""
    return Path(shutil.copytree(history, tmp_path / "demo-station"))


def verify(directory: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `inspector verify --json` says, and that its exit code fits."""
    code = main(["verify", "--station", str(directory), "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["exit_code"] == code
    return document


# What an attacker who holds the files does

Attack = Callable[[Path], object]


def flipped(data: bytes, bit: int) -> bytes:
    """The same bytes but for one bit; negative numbers count from the end."""
    bit %= 8 * len(data)
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_file(path: Path, bit: int) -> None:
    path.write_bytes(flipped(path.read_bytes(), bit))


def edit(directory: Path, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Change the database like somebody who is not stopped by triggers."""
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement, arguments in statements:
            assert connection.execute(statement, arguments).rowcount > 0, statement
        connection.commit()


def flip_column(directory: Path, table: str, column: str, row: int, bit: int) -> None:
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
    edit(directory, (f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (flipped(bytes(value), bit), row)))


def flip_head(directory: Path, column: str, bit: int) -> None:
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        (value,) = connection.execute(f"SELECT {column} FROM head ORDER BY shift, count LIMIT 1").fetchone()
    edit(directory, (f"UPDATE head SET {column} = ? WHERE {column} = ?", (flipped(value, bit), value)))


def number(directory: Path, kind: str) -> int:
    """Number of the third record of a type, or of the only one."""
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        found = connection.execute("SELECT seq FROM record WHERE type = ? ORDER BY seq LIMIT 3", (kind,)).fetchall()
    return int(found[-1][0])


def count(directory: Path) -> int:
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        return int(connection.execute("SELECT max(seq) FROM record").fetchone()[0])


def images(directory: Path) -> list[Path]:
    return sorted((directory / "images").glob("??/*"))


def newest_tile(directory: Path, level: str) -> Path:
    """The widest partial tile of the embedded log."""
    return max((directory / "ledger" / "tile" / level).rglob("*.p/*"), key=lambda path: int(path.name))


def swap_images(directory: Path) -> None:
    one, other = images(directory)[:2]
    one_bytes, other_bytes = one.read_bytes(), other.read_bytes()
    one.write_bytes(other_bytes)
    other.write_bytes(one_bytes)


def delete_record(directory: Path, seq: int) -> None:
    """Delete it and close the gap in the numbers, as somebody would who hopes to get away with it."""
    edit(
        directory,
        ("DELETE FROM record WHERE seq = ?", (seq,)),
        ("UPDATE record SET seq = -seq WHERE seq > ?", (seq,)),
        ("UPDATE record SET seq = -seq - 1 WHERE seq < 0", ()),
    )


def truncate_after(directory: Path, seq: int) -> None:
    edit(
        directory,
        ("DELETE FROM record WHERE seq > ?", (seq,)),
        ("DELETE FROM part_key WHERE seq > ?", (seq,)),
        ("DELETE FROM outcome_key WHERE seq > ?", (seq,)),
    )


def rewrite_verdict(directory: Path) -> None:
    """A FAIL becomes a PASS, and its hash is made to fit again."""
    with closing(sqlite3.connect(directory / "records.sqlite")) as connection:
        seq, data = connection.execute(
            """SELECT seq, bytes FROM record WHERE type = 'part' AND instr(bytes, '"FAIL"') LIMIT 1"""
        ).fetchone()
    changed = data.replace(b'"FAIL"', b'"PASS"')
    digest = hashlib.sha256(b"\0" + changed).digest()
    edit(directory, ("UPDATE record SET bytes = ?, hash = ? WHERE seq = ?", (changed, digest, seq)))


def last_sealed(directory: Path) -> int:
    return number(directory, "shift-close")


def replace_key(directory: Path) -> None:
    """Another valid key, as somebody would who signs everything anew."""
    (directory / "keys" / "station.pub").write_text(SigningKey.generate().public_key.hex() + "\n")


KINDS = ("part", "outcome", "image-stored", "shift-open", "shift-close", "signature", "receipt", "state")
BITS = (0, 777, -1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_in_a_record_is_named(kind: str, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seq = number(copy, kind)
    for bit in BITS:
        flip_column(copy, "record", "bytes", seq, bit)
        answer = verify(copy, capsys)
        assert answer["exit_code"] == 2
        assert answer["first"].startswith(f"TAMPERED record {seq}, rule CHAIN-02"), answer["first"]
        flip_column(copy, "record", "bytes", seq, bit)
    assert verify(copy, capsys)["exit_code"] == 0, "the copy is whole again"


ATTACKS: dict[str, tuple[Attack, str, str]] = {
    "hash column": (
        lambda d: flip_column(d, "record", "hash", number(d, "part"), 5),
        "record [0-9]+",
        "CHAIN-02",
    ),
    "verdict with a new hash": (rewrite_verdict, "record [0-9]+", "CHAIN-01"),
    "deleted record, numbers closed up": (lambda d: delete_record(d, number(d, "part")), "record [0-9]+", "CHAIN-03"),
    "deleted record": (
        lambda d: edit(d, ("DELETE FROM record WHERE seq = ?", (number(d, "outcome"),))),
        "record [0-9]+",
        "CHAIN-03",
    ),
    "sealed shift cut off": (lambda d: truncate_after(d, last_sealed(d) - 4), "seal of shift 1", "SEAL-03"),
    "shift-close cut off": (lambda d: truncate_after(d, last_sealed(d) - 1), "seal of shift 1", "SEAL-03"),
    "open shift cut off behind its head": (
        lambda d: truncate_after(d, number(d, "shift-open") + 2),
        "head of shift 2.*",
        "SEAL-0[0-9]",
    ),
    "seal": (lambda d: flip_column(d, "seal", "bytes", 1, 400), "seal of shift 1", "(FORMAT|SEAL)-0[0-9]"),
    "seal's signature": (lambda d: flip_column(d, "seal", "signature", 1, 100), "seal of shift 1", "SEAL-01"),
    "seal taken away": (lambda d: edit(d, ("DELETE FROM seal", ())), "record [0-9]+", "LEDGER-01"),
    "head": (lambda d: flip_head(d, "bytes", 300), "head of shift 1.*", "(FORMAT|SEAL)-0[0-9]"),
    "head's signature": (lambda d: flip_head(d, "signature", 9), "head of shift 1.*", "SEAL-01"),
    "an image": (lambda d: flip_file(images(d)[0], -200), "record [0-9]+", "IMAGE-01"),
    "first bit of an image": (lambda d: flip_file(images(d)[1], 0), "record [0-9]+", "IMAGE-01"),
    "swapped images": (swap_images, "record [0-9]+", "IMAGE-01"),
    "image taken away": (lambda d: images(d)[0].unlink(), "record [0-9]+", "IMAGE-02"),
    "a document": (lambda d: flip_file(next((d / "documents").iterdir()), 800), "document [0-9a-f]{64}", "DOC-01"),
    "ledger entry": (
        lambda d: flip_file(newest_tile(d, "entries"), 999),
        "(ledger/tile/entries/.*|log entry [0-9]+)",
        "LEDGER-0[0-9]",
    ),
    "ledger hash tile": (
        lambda d: flip_file(newest_tile(d, "0"), 77),
        "(ledger/tile/0/.*|log entry [0-9]+)",
        "LEDGER-0[0-9]",
    ),
    "checkpoint": (lambda d: flip_file(d / "ledger" / "checkpoint", 300), "ledger/checkpoint", "LEDGER-02"),
    "checkpoint's signature": (lambda d: flip_file(d / "ledger" / "checkpoint", -80), "ledger/checkpoint", "LEDGER-02"),
    # A lower bit may make another valid key of it: then the seals name it, as in the next attack.
    "public key": (lambda d: flip_file(d / "keys" / "station.pub", 7), "keys/station.pub", "KEY-01"),
    "another public key": (replace_key, "seal of shift 1", "SEAL-01"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_tampering_is_named(name: str, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    attack, place, rule = ATTACKS[name]
    attack(copy)
    answer = verify(copy, capsys)
    assert answer["exit_code"] == 2
    named = [(finding["place"], finding["rule"]) for finding in answer["findings"] if finding["severity"] == "TAMPERED"]
    assert any(re.fullmatch(place, where) and re.fullmatch(rule, which) for where, which in named), named


def test_the_untouched_copy_verifies_in_words(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--station", str(copy)]) == 0
    said = capsys.readouterr().out
    assert "VERIFIED: " in said
    assert "not checked: SIMULATED camera" in said
    assert "not checked: no independent witness" in said


# Bundles


@pytest.fixture(scope="module")
def bundle(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything, as `inspector export bundle` writes it."""
    path = tmp_path_factory.mktemp("bundle") / "all.zip"
    assert main(["export", "bundle", "--station", str(history), "--all", "-o", str(path)]) == 0
    return path


def policy_for(history: Path, folder: Path) -> Path:
    """What somebody knows who has been there."""
    with closing(sqlite3.connect(history / "records.sqlite")) as connection:
        (seal,) = connection.execute("SELECT bytes FROM seal WHERE shift = 1").fetchone()
    path = folder / "policy.toml"
    path.write_text(
        f'station = "rig"\nstation_key = "{(history / "keys" / "station.pub").read_text().strip()}"\n'
        f'log_key = "{(history / "ledger" / "log.vkey").read_text().strip()}"\nrequire = ["log"]\n'
        f'latest = {{ shift = 1, seal = "{hashlib.sha256(seal).hexdigest()}" }}\n'
    )
    return path


@pytest.mark.parametrize("what", [["--all"], ["--shift", "1"], ["--shift", "2"]])
def test_a_bundle_of_a_real_station_verifies(
    history: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: list[str]
) -> None:
    path = tmp_path / "F.zip"
    assert main(["export", "bundle", "--station", str(history), *what, "-o", str(path)]) == 0
    capsys.readouterr()
    policy = ["--policy", str(policy_for(history, tmp_path))]
    assert main(["verify", str(path), *policy, "--json"]) == 0, capsys.readouterr().out
    document = json.loads(capsys.readouterr().out)
    assert document["findings"] == []
    assert not any("not from you" in sentence for sentence in document["not_checked"])
    directory = verify(history, capsys)
    if what == ["--all"]:
        same = ("records", "parts", "outcomes", "images", "seals", "heads", "receipts", "documents")
        assert {name: document["checked"].get(name) for name in same} == {
            name: directory["checked"].get(name) for name in same
        }


def test_both_verifiers_say_the_same_of_it(bundle: Path, history: Path, tmp_path: Path) -> None:
    policy = policy_for(history, tmp_path)
    answer = independent.verify(str(bundle), str(policy))
    assert (answer["verdict"], answer["lines"]) == ("VERIFIED", [])
    report = verify_bundle(bundle, policy=parse_policy(policy.read_bytes()))
    assert report.findings == []
    assert answer["checked"]["records"] == report.checked["records"]


def test_a_flipped_bit_in_a_bundle_is_named(bundle: Path, tmp_path: Path) -> None:
    """Most of it are images; what is small beside them is looked at more closely."""
    whole, path = bundle.read_bytes(), tmp_path / "F.zip"
    end = whole.index(b"PK\x03\x04", whole.index(b"documents/"))
    positions = [
        *range(0, end, 1009),
        *range(end, len(whole), len(whole) // 40),
        *range(len(whole) - 3000, len(whole), 61),
    ]
    for at in positions:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        report = verify_bundle(path)
        assert report.exit_code == 2, at
        assert report.first is not None and report.first.rule, at


# The README

EXAMPLE = re.compile(
    r"```\n"
    r"\$ inspector verify --station demo-station\n(?P<before>.*?)"
    r"\$ python3 - <<'EOF'\n(?P<python>.*?)EOF\n"
    r"\$ inspector verify --station demo-station\n(?P<after>.*?)"
    r"\$ echo \$\?\n2\n```",
    re.DOTALL,
)


def test_the_example_of_the_readme_works_as_printed(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    example = EXAMPLE.search(README.read_text())
    assert example is not None, "the README has no tamper example"
    monkeypatch.chdir(copy.parent)
    assert main(["verify", "--station", "demo-station"]) == 0
    assert_said(example["before"], capfd.readouterr().out)
    subprocess.run([sys.executable, "-c", example["python"]], check=True)
    assert main(["verify", "--station", "demo-station"]) == 2
    assert_said(example["after"], capfd.readouterr().out)


def assert_said(printed: str, real: str) -> None:
    """Each printed line was said, in this order; "..." stands for what is left out, numbers may be others."""

    def shape(text: str) -> str:
        return re.sub("[0-9]+", "N", text)

    pattern = ".*".join(re.escape(shape(piece)) for piece in printed.split("..."))
    assert re.search(pattern, shape(real), re.DOTALL), f"the README prints\n{printed}\nbut really it is\n{real}"
