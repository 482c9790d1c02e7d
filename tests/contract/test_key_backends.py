# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station expects of whatever holds its key, for every backend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.config import KeySettings
from inspector.errors import EvidenceError, KeyLocked, PassphraseWrong
from inspector.evidence.keys import SigningKey, create_key, verify_signature
from inspector.station.key_files import FileKeys
from inspector.station.keyring import KeyBackend, key_backend
from tests.soft_token import LABEL, MODULE, PIN, TOKEN, make_token

SECRET = PIN
MESSAGE = b"inspector/seal/v1\0{}"
Again = Callable[[], KeyBackend]
"""The backend as a station that starts anew finds it."""


@pytest.fixture(params=["file", "pkcs11"])
def again(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Again]:
    """Makes the backend, with a key in it; each call is a new start."""
    (tmp_path / "keys").mkdir()
    if request.param == "pkcs11":
        monkeypatch.setenv("SOFTHSM2_CONF", str(make_token(tmp_path / "token")))
        settings = KeySettings(backend="pkcs11", module=MODULE, token=TOKEN, label=LABEL, answer_within_ms=20_000)
    else:
        settings = KeySettings()
    made: list[KeyBackend] = []

    def make() -> KeyBackend:
        made.append(key_backend(tmp_path, settings))
        return made[-1]

    make().create(SECRET)
    yield make
    for backend in made:
        backend.close()


def test_a_key_is_made_once(again: Again) -> None:
    before = again().public_key()
    with pytest.raises(EvidenceError, match="exists already"):
        again().create(SECRET)
    assert again().unlock(SECRET).public_key == before


def test_closed_it_signs_no_more_where_it_was_elsewhere(again: Again) -> None:
    backend = again()
    key = backend.unlock(SECRET)
    backend.close()
    backend.close()
    if getattr(key, "elsewhere", False):
        with pytest.raises(KeyLocked):
            key.sign(MESSAGE)


def test_the_key_signs_under_its_public_half(again: Again) -> None:
    backend = again()
    key = backend.unlock(SECRET)
    assert key.public_key == backend.public_key()
    verify_signature(key.public_key, key.sign(MESSAGE), MESSAGE)


def test_no_secret_and_a_wrong_one(again: Again) -> None:
    with pytest.raises(KeyLocked):
        again().unlock("")
    with pytest.raises(PassphraseWrong):
        again().unlock("wrong")
    with pytest.raises(PassphraseWrong):
        again().prepare("wrong")


def test_a_prepared_key_signs_and_changes_nothing_yet(again: Again) -> None:
    backend = again()
    before = backend.public_key()
    new = backend.prepare(SECRET)
    verify_signature(new.public_key, new.sign(MESSAGE), MESSAGE)
    assert new.public_key != before
    for one in (backend, again()):
        assert one.public_key() == before
        assert one.unlock(SECRET).public_key == before


def test_settled_on_the_old_key_the_new_one_is_gone(again: Again) -> None:
    backend = again()
    before = backend.public_key()
    new = backend.prepare(SECRET)
    again().settle(before)
    assert again().unlock(SECRET).public_key == before
    again().settle(new.public_key)  # nothing is left that it could become
    assert again().public_key() == before


def test_settled_on_the_new_key_the_old_one_is_gone(again: Again) -> None:
    before = again().public_key()
    new = again().prepare(SECRET)
    for _ in range(2):
        again().settle(new.public_key)
        assert again().public_key() == new.public_key
        assert again().unlock(SECRET).public_key == new.public_key
    again().settle(before)
    assert again().unlock(SECRET).public_key == new.public_key


def test_prepared_twice_the_last_one_counts(again: Again) -> None:
    again().prepare(SECRET)
    new = again().prepare(SECRET)
    again().settle(new.public_key)
    assert again().unlock(SECRET).public_key == new.public_key


def test_a_key_that_is_not_here(again: Again) -> None:
    """An older keys folder came back from a backup: nothing is destroyed, and the key stays what it is."""
    before = again().public_key()
    new = again().prepare(SECRET).public_key
    again().settle(SigningKey.generate().public_key)
    assert again().unlock(SECRET).public_key == before
    again().settle(new)
    assert again().unlock(SECRET).public_key == new


def test_a_read_only_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "station.key"
    create_key(path, SECRET, path.with_suffix(".pub"))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("inspector.station.key_files.write_durable", refuse)
    with pytest.raises(EvidenceError, match=r"station\.key\.new cannot be written"):
        FileKeys(path).prepare(SECRET)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["station.key", "station.pub"]


def test_the_old_file_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "station.key"
    create_key(path, SECRET, path.with_suffix(".pub"))
    (tmp_path / "hard link").hardlink_to(path)
    old = path.read_bytes()
    new = FileKeys(path).prepare(SECRET)
    FileKeys(path).settle(new.public_key)
    assert (tmp_path / "hard link").read_bytes() != old
    assert path.stat().st_mode & 0o077 == 0 or path.drive


class Crash(BaseException):
    """The process dies here; what comes after does not happen."""


def crash_at(patch: pytest.MonkeyPatch, number: int) -> None:
    """From now on the given step of those that change files is not reached."""
    left = [number]

    def counted(step: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **options: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise Crash
            return step(*arguments, **options)

        return run

    for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
        patch.setattr(owner, name, counted(getattr(owner, name)))


@pytest.mark.parametrize("to_the_new_one", [True, False])
def test_settling_goes_on_wherever_it_was_cut_off(again: Again, to_the_new_one: bool) -> None:
    before, new = again().public_key(), again().prepare(SECRET).public_key
    current = new if to_the_new_one else before
    for number in range(1, 40):
        with pytest.MonkeyPatch.context() as patch:
            crash_at(patch, number)
            try:
                again().settle(current)
            except Crash:
                continue
            break
    assert number > 3
    assert again().unlock(SECRET).public_key == again().public_key() == current
