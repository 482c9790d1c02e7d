# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys of the people who propose and approve."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.evidence.keys import load_key
from tests.dataset_samples import told

Capture = pytest.CaptureFixture[str]


def test_a_pair_of_keys_under_a_passphrase(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.evidence.keys.SCRYPT_N", 2**4)
    words = tmp_path / "words"
    words.write_text("long enough\n")
    key = tmp_path / "anna.key"
    code, said = told(capsys, "release", "keygen", key, "--passphrase-file", words)
    assert code == 0
    assert load_key(key, "long enough").public_key.hex() == said["public_key"]
    assert (tmp_path / "anna.key.pub").read_text() == said["public_key"] + "\n"
    code, said = told(capsys, "release", "keygen", key, "--passphrase-file", words)
    assert (code, said["error"]["code"]) == (3, "EVIDENCE"), "a key is never overwritten"


@pytest.mark.parametrize("text", ["short", ""], ids=["short", "empty"])
def test_a_passphrase_that_is_none(tmp_path: Path, capsys: Capture, text: str) -> None:
    words = tmp_path / "words"
    words.write_text(text)
    code, said = told(capsys, "release", "keygen", tmp_path / "anna.key", "--passphrase-file", words)
    assert (code, said["error"]["code"]) == (3, "CONFIG")
    assert not (tmp_path / "anna.key").exists()


def test_two_different_passphrases_are_typed(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["long enough", "long enougj"])
    monkeypatch.setattr("inspector.cli.passphrase.getpass.getpass", lambda _: next(typed))
    assert told(capsys, "release", "keygen", tmp_path / "anna.key")[0] == 3
    assert not (tmp_path / "anna.key").exists()
