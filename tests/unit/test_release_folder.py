# SPDX-License-Identifier: AGPL-3.0-or-later
"""A release folder: whole or not at all, every file with its hash, two people's signatures, and what is refused."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data_samples
from inspector.detect.package import read_manifest
from inspector.errors import ConfigError, ReleaseRefused
from inspector.evidence.bundle import LONGEST_DOCUMENT
from inspector.evidence.keys import SigningKey, create_key
from inspector.evidence.release_note import Approval, Proposal, sign_approval, sign_proposal
from inspector.recipe import Recipe
from inspector.release.document import Check, Gate, Named, ReleaseDocument, TestSet, encode_release, parse_release
from inspector.release.folder import (
    APPROVAL_FILE,
    PROPOSAL_FILE,
    RELEASE_FILE,
    Release,
    add_note,
    copy_release,
    read_release,
    write_release,
)
from inspector.release.signatures import check_proposal, check_signatures


def sources() -> dict[str, Path | bytes]:
    """Files of a release of the demo model; what was measured is made up."""
    model = data_samples.model_dir()
    return {
        **{f"model/{one.name}": one for one in sorted(model.iterdir())},
        "recipe.toml": data_samples.recipe_file(),
        "gate.toml": b"# rules\n",
        "report.json": b"{}\n",
        "manifest.json": b"{}\n",
    }


def document(made_of: dict[str, Path | bytes], **other: object) -> ReleaseDocument:
    """A release document of these files."""
    model, recipe = read_manifest(data_samples.model_dir()), Recipe.load(data_samples.recipe_file())
    hashes = {
        name: hashlib.sha256(one if isinstance(one, bytes) else one.read_bytes()).hexdigest()
        for name, one in made_of.items()
    }
    fields: dict[str, object] = {
        "product": "main",
        "created": "2026-11-22T09:00:00Z",
        "model": Named(name=model.name, version=model.version, digest=model.digest),
        "recipe": Named(name=recipe.name, version=recipe.version, digest=recipe.digest),
        "replaces": None,
        "trainer": "Anna",
        "why": "the first one",
        "dataset": TestSet(manifest="a" * 64, test_lock="b" * 64, uses=1),
        "gate": Gate(
            rules=hashes["gate.toml"], checks=[Check(name="misses", passed=True, words="0 of 60 missed: below 4.9 %")]
        ),
        "software": {"inspector-station": "0"},
        "files": hashes,
        **other,
    }
    return ReleaseDocument.model_validate(fields)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[SigningKey]:
    folder = tmp_path_factory.mktemp("keys")
    return [create_key(folder / name, "passphrase", folder / f"{name}.pub") for name in ("anna", "ben")]


@pytest.fixture
def made(tmp_path: Path) -> Release:
    files = sources()
    return write_release(tmp_path / "disc-2", document(files), files)


def sign(release: Release, keys: list[SigningKey], proposer: str = "Anna", approver: str = "Ben") -> Release:
    """Propose it with the first key and approve it with the second."""
    said = release.document
    proposal = Proposal(
        release.digest,
        said.product,
        said.model.digest,
        said.recipe.digest,
        said.trainer,
        proposer,
        1_790_000_000_000_000,
        "fewer misses",
    )
    note = sign_proposal(proposal, keys[0]).encode()
    add_note(release.path, PROPOSAL_FILE, note)
    approval = Approval(
        hashlib.sha256(note).hexdigest(), release.digest, approver, 1_790_000_100_000_000, "figures seen"
    )
    add_note(release.path, APPROVAL_FILE, sign_approval(approval, keys[1]).encode())
    return read_release(release.path)


def test_two_people_sign(made: Release, keys: list[SigningKey]) -> None:
    signed = check_signatures(sign(made, keys), [key.public_key for key in keys])
    assert (signed.proposal.by, signed.proposer) == ("Anna", keys[0].public_key)
    assert (signed.approval.by, signed.approver) == ("Ben", keys[1].public_key)


def test_nobody_has_signed(made: Release, keys: list[SigningKey]) -> None:
    trusted = [key.public_key for key in keys]
    with pytest.raises(ReleaseRefused, match="not proposed"):
        check_signatures(made, trusted)
    signed = sign(made, keys)
    (signed.path / APPROVAL_FILE).unlink()
    with pytest.raises(ReleaseRefused, match="not approved"):
        check_signatures(read_release(made.path), trusted)


def test_a_stranger_is_not_believed(made: Release, keys: list[SigningKey]) -> None:
    signed = sign(made, keys)
    for trusted in ([keys[0].public_key], [keys[1].public_key], []):
        with pytest.raises(ReleaseRefused, match="trusted"):
            check_signatures(signed, trusted)


@pytest.mark.parametrize("approver", ["Anna", "ANNA", "anna"], ids=["same", "capitals", "small"])
def test_one_name_is_one_person(made: Release, keys: list[SigningKey], approver: str) -> None:
    with pytest.raises(ReleaseRefused, match="proposed the release"):
        check_signatures(sign(made, keys, approver=approver), [key.public_key for key in keys])


def test_one_key_is_one_person(made: Release, keys: list[SigningKey]) -> None:
    with pytest.raises(ReleaseRefused, match="proposed the release"):
        check_signatures(sign(made, [keys[0], keys[0]]), [keys[0].public_key])


def test_the_trainer_does_not_approve(made: Release, keys: list[SigningKey]) -> None:
    signed = sign(made, keys, proposer="Cleo", approver="anna")
    with pytest.raises(ReleaseRefused, match="trained the model"):
        check_signatures(signed, [key.public_key for key in keys])


def test_an_accent_makes_no_other_person(made: Release, keys: list[SigningKey]) -> None:
    """The same name, its letter once composed and once followed by a combining mark."""
    signed = sign(made, keys, proposer="Zo\u00eb", approver="Zoe\u0308")
    with pytest.raises(ReleaseRefused, match="proposed the release"):
        check_signatures(signed, [key.public_key for key in keys])


def test_a_report_that_no_bundle_takes_is_refused(tmp_path: Path) -> None:
    files = {**sources(), "report.json": b" " * (LONGEST_DOCUMENT + 1)}
    with pytest.raises(ReleaseRefused, match="larger"):
        write_release(tmp_path / "large", document(files), files)
    assert list(tmp_path.iterdir()) == []


def test_notes_of_another_release_are_none(made: Release, keys: list[SigningKey], tmp_path: Path) -> None:
    files = sources()
    other = sign(write_release(tmp_path / "other", document(files, why="another one"), files), keys)
    signed = sign(made, keys)
    trusted = [key.public_key for key in keys]
    shutil.copyfile(other.path / APPROVAL_FILE, signed.path / APPROVAL_FILE)
    with pytest.raises(ReleaseRefused, match="another proposal"):
        check_signatures(read_release(signed.path), trusted)
    shutil.copyfile(other.path / PROPOSAL_FILE, signed.path / PROPOSAL_FILE)
    with pytest.raises(ReleaseRefused, match="another release"):
        check_proposal(read_release(signed.path), trusted)


@pytest.mark.parametrize("name", sorted(sources()))
def test_a_changed_or_missing_file_is_noticed(made: Release, name: str) -> None:
    data = (made.path / name).read_bytes()
    (made.path / name).write_bytes(data + b"\n")
    with pytest.raises(ReleaseRefused, match="not the file"):
        read_release(made.path)
    with pytest.raises(ReleaseRefused, match="not the file"):
        made.file(name)
    (made.path / name).unlink()
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        read_release(made.path)


@pytest.mark.parametrize("name", ["more.txt", "model/more.bin", "model/more/deep.bin"])
def test_a_stranger_file_is_noticed(made: Release, name: str) -> None:
    (made.path / name).parent.mkdir(exist_ok=True)
    (made.path / name).write_bytes(b"x")
    with pytest.raises(ReleaseRefused, match="does not belong"):
        read_release(made.path)


def test_a_release_of_another_model_is_not_written(tmp_path: Path) -> None:
    files = sources()
    wrong = document(files, model=Named(name="disc", version="9", digest="e" * 64))
    with pytest.raises(ReleaseRefused, match="model is not the one"):
        write_release(tmp_path / "wrong", wrong, files)
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_never_changed(made: Release) -> None:
    with pytest.raises(ConfigError, match="exists"):
        write_release(made.path, made.document, sources())


def test_a_copy_is_whole(made: Release, keys: list[SigningKey], tmp_path: Path) -> None:
    signed = sign(made, keys)
    copied = copy_release(signed, tmp_path / "station" / "copy")
    assert (copied.digest, copied.proposal, copied.approval) == (signed.digest, signed.proposal, signed.approval)
    assert copy_release(signed, copied.path).digest == signed.digest
    (copied.path / "report.json").write_bytes(b"[]")
    with pytest.raises(ReleaseRefused):
        copy_release(signed, copied.path)


def test_a_failed_rule_is_no_release() -> None:
    files = sources()
    with pytest.raises(ValueError, match="did not pass"):
        document(files, gate=Gate(rules=document(files).gate.rules, checks=[Check(name="a", passed=False, words="b")]))


@pytest.mark.parametrize("name", ["../x", "model/../x", "/x", "a/b", "model/", ".hidden", "model\\x"])
def test_no_file_lies_elsewhere(name: str) -> None:
    files = sources()
    with pytest.raises(ValueError, match="files"):
        document(files, files={**document(files).files, name: "0" * 64})


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_as_a_release_document(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert parse_release(data)


@given(st.data())
def test_a_changed_value_is_refused_or_read_as_it_is(data: st.DataObject) -> None:
    fields = json.loads(encode_release(document(sources())))
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = data.draw(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just([]) | st.just({})
    )
    with contextlib.suppress(ValueError):
        parsed = parse_release(json.dumps(fields).encode())
        assert parse_release(encode_release(parsed)) == parsed


def test_no_release(tmp_path: Path) -> None:
    with pytest.raises(ReleaseRefused, match=RELEASE_FILE):
        read_release(tmp_path)
