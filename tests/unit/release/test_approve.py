# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release show | approve`: two people, and nothing that was changed after the first one signed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import camera_configs
import data_samples
from inspector.evidence.keys import load_key, read_public_key
from inspector.evidence.release_note import Approval, Proposal, sign_approval, sign_proposal
from inspector.release.folder import read_release
from inspector.release.signatures import check_signatures
from inspector.station_directory import NewStation, create_station
from tests.dataset_samples import run, told
from tests.release_samples import PASSPHRASE, Bench, rewrite_json

Capture = pytest.CaptureFixture[str]


def trust(bench: Bench, *names: str) -> list[object]:
    return [word for name in names for word in ("--authority", bench.folder / f"{name}.key.pub")]


def refused(capsys: Capture, *words: object) -> str:
    code, said = told(capsys, *words)
    assert (code, said["error"]["code"]) == (3, "RELEASE_REFUSED")
    return str(said["error"]["message"])


def test_another_person_approves(own: Bench, capsys: Capture) -> None:
    keys = [read_public_key(own.folder / f"{name}.key.pub") for name in ("anna", "ben")]
    assert run(*own.approve()) == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("0 of 12 missed: below 23 % at 95 %", "You sign: inspector/release-approval/v1", "by Ben"):
        assert words in said
    signed = check_signatures(read_release(own.folder / "release"), keys)
    assert (signed.proposal.by, signed.approval.by, signed.approval.reason) == ("Anna", "Ben", "looked at it")
    code, shown = told(capsys, "release", "show", own.folder / "release", *trust(own, "anna", "ben"))
    assert code == 0
    assert shown["approval"] == {"by": "Ben", "reason": "looked at it", "key": keys[1].hex()}
    assert shown["proposal"]["key"] == keys[0].hex()
    assert "is approved already" in refused(capsys, *own.approve(key="tom", by="Tim"))


@pytest.mark.parametrize(
    ("key", "by"),
    [("ben", "Tom Trainer"), ("ben", "  tOM   trainer "), ("ben", "ANNA"), ("anna", "Ben"), ("anna", "Anna")],
    ids=["trainer", "trainer in other letters", "proposer", "key of the proposer", "both"],
)
def test_who_may_not_approve(own: Bench, capsys: Capture, key: str, by: str) -> None:
    refused(capsys, *own.approve(key=key, by=by))
    assert not (own.folder / "release" / "approval.note").exists()


def test_who_is_not_trusted_is_told(own: Bench, capsys: Capture) -> None:
    assert "No key" in refused(capsys, "release", "show", own.folder / "release", *trust(own, "ben"))
    assert "No key" in refused(capsys, *own.approve("release", "ben", "Ben", *trust(own, "tom")))
    code, shown = told(capsys, "release", "show", own.folder / "release")
    assert (code, shown["proposal"]["key"], shown["approval"]) == (0, None, None)
    assert any("was not checked" in one for one in shown["told"])
    assert run(*own.approve(), "--json") == 0
    assert "No key" in refused(capsys, "release", "show", own.folder / "release", *trust(own, "anna", "tom"))


@pytest.mark.parametrize(
    "name",
    [
        "release.json",
        "model/model.json",
        "model/model.onnx",
        "recipe.toml",
        "gate.toml",
        "report.json",
        "report.html",
        "manifest.json",
        "equality.json",
        "proposal.note",
    ],
)
def test_every_file_that_is_changed_or_missing_is_noticed(own: Bench, capsys: Capture, name: str) -> None:
    path = own.folder / "release" / name
    data = path.read_bytes()
    for changed in (data + b"\n", data[:-2], b"", data.replace(b"a", b"b", 1)):
        path.write_bytes(changed)
        refused(capsys, "release", "show", own.folder / "release", *trust(own, "anna"))
    path.unlink()
    refused(capsys, *own.approve("release", "ben", "Ben", *trust(own, "anna")))
    path.write_bytes(data)
    assert run("release", "show", own.folder / "release", "--json") == 0


@pytest.mark.parametrize("name", ["stranger", "model/stranger", ".hidden", "report.json.bak"])
def test_a_file_that_does_not_belong_is_noticed(own: Bench, capsys: Capture, name: str) -> None:
    (own.folder / "release" / name).write_bytes(b"")
    assert "does not belong" in refused(capsys, "release", "show", own.folder / "release")


def resign(bench: Bench, **changes: object) -> None:
    """As a proposer could who has the key: `release.json` names the changed files, and the proposal is signed anew."""
    folder = bench.folder / "release"
    path = folder / "release.json"
    document = json.loads(path.read_bytes())
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in document["files"]}
    document["gate"]["rules"] = files["gate.toml"]
    rewrite_json(path, files=files, gate=document["gate"], **changes)
    release = read_release(folder)
    named = release.document
    proposal = Proposal(
        release.digest, named.product, named.model.digest, named.recipe.digest, named.trainer, "Anna", 0, "again"
    )
    note = sign_proposal(proposal, load_key(bench.folder / "anna.key", PASSPHRASE))
    (folder / "proposal.note").write_text(note)


def test_a_proposer_who_signs_it_again_is_believed_as_far_as_it_fits(own: Bench, capsys: Capture) -> None:
    resign(own, why="the same for another reason")
    assert run(*own.approve("release", "ben", "Ben", *trust(own, "anna")), "--json") == 0


def test_rules_that_were_changed_afterwards_do_not_fit_the_figures(own: Bench, capsys: Capture) -> None:
    path = own.folder / "release" / "gate.toml"
    path.write_text(path.read_text().replace("max_upper = 0.3", "max_upper = 0.2"))
    resign(own)
    assert "other answers" in refused(capsys, *own.approve())


def test_rules_in_the_words_of_another_version_have_to_be_kept(own: Bench, capsys: Capture) -> None:
    folder = own.folder / "release"
    document = json.loads((folder / "release.json").read_bytes())
    document["gate"]["checks"][0]["words"] = "as they were told then"
    rewrite_json(folder / "release.json", gate=document["gate"])
    resign(own)
    assert "other answers" in refused(capsys, "release", "show", folder)
    resign(own, software={"inspector-station": "0.0.1"})
    code, shown = told(capsys, "release", "show", folder)
    assert (code, sum("version 0.0.1 of this program" in one for one in shown["told"])) == (0, 1)
    (folder / "gate.toml").write_text((folder / "gate.toml").read_text().replace("max_upper = 0.3", "max_upper = 0.2"))
    resign(own)
    assert "other answers" in refused(capsys, "release", "show", folder)


def test_a_trainer_who_approved_is_noticed_without_any_key(own: Bench, capsys: Capture) -> None:
    folder = own.folder / "release"
    digest = hashlib.sha256((folder / "proposal.note").read_bytes()).hexdigest()
    approval = Approval(digest, read_release(folder).digest, "tom trainer", 0, "mine")
    (folder / "approval.note").write_text(sign_approval(approval, load_key(own.folder / "tom.key", PASSPHRASE)))
    for checked in ([], trust(own, "anna", "tom")):
        assert "trained the model" in refused(capsys, "release", "show", folder, *checked)


def test_figures_that_were_changed_afterwards_do_not_fit_the_checks(own: Bench, capsys: Capture) -> None:
    path = own.folder / "release" / "report.json"
    text = path.read_text()
    figures = json.loads(text)["figures"]
    figures["missed"]["errors"] = 1
    rewrite_json(path, figures=figures)
    resign(own)
    assert "other answers" in refused(capsys, *own.approve())
    figures["missed"] = {"errors": 0, "trials": 13}
    rewrite_json(path, figures=figures)
    resign(own)
    assert "not what the test set has" in refused(capsys, *own.approve())
    path.write_text(text.replace(json.loads(text)["candidate"]["model_digest"], "0" * 64))
    resign(own)
    assert "another model" in refused(capsys, *own.approve())


def test_another_test_set_than_the_one_that_was_locked(own: Bench, capsys: Capture) -> None:
    path = own.folder / "release" / "manifest.json"
    path.write_text(path.read_text().replace('"w": 32.0', '"w": 31.0', 1))
    manifest = hashlib.sha256(path.read_bytes()).hexdigest()
    dataset = json.loads((own.folder / "release" / "release.json").read_bytes())["dataset"]
    resign(own, dataset=dataset | {"manifest": manifest})
    assert "not the one that was locked" in refused(capsys, *own.approve())


def test_a_comparison_of_another_package_is_none(own: Bench, capsys: Capture) -> None:
    rewrite_json(own.folder / "release" / "equality.json", package="0" * 64)
    resign(own)
    assert "equality.json is not of this model package" in refused(capsys, *own.approve())


def test_a_shadow_run_of_something_else_is_none(own: Bench, capsys: Capture) -> None:
    path = own.folder / "release" / "report.json"
    figures = json.loads(path.read_bytes())["figures"]
    line = {"compared": 500, "let_through": 0, "rejected": 0, "failed": 0, "people_against": 0, "people_for": 0}
    rewrite_json(path, figures=figures | {"line": line})
    (own.folder / "release" / "shadow.json").write_text("{}")
    document = json.loads((own.folder / "release" / "release.json").read_bytes())
    rewrite_json(own.folder / "release" / "release.json", files=document["files"] | {"shadow.json": "0" * 64})
    resign(own)
    assert "shadow.json is of something else" in refused(capsys, *own.approve())


def test_notes_of_one_release_are_none_of_another(own: Bench, capsys: Capture, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(own.folder / "release", other)
    resign(own, why="another release")
    assert run(*own.approve(), "--json") == 0
    ours = own.folder / "release"
    for checked in ([], trust(own, "anna", "ben")):
        for name in ("proposal.note", "approval.note"):
            shutil.copy(ours / name, other)
            refused(capsys, "release", "show", other, *checked)
            (other / name).unlink()
        assert run("release", "show", ours, *checked, "--json") == 0
        shutil.copy(tmp_path / "release" / "proposal.note", other)


def test_a_release_that_nobody_proposed_is_not_approved(own: Bench, capsys: Capture) -> None:
    (own.folder / "release" / "proposal.note").unlink()
    assert "not proposed" in refused(capsys, *own.approve())
    code, shown = told(capsys, "release", "show", own.folder / "release")
    assert (code, shown["proposal"]) == (0, None)


def test_who_says_nothing_signs_nothing(own: Bench, capsys: Capture) -> None:
    for by, key in (("", "ben"), ("Ben\nand Anna", "ben")):
        code, said = told(capsys, *own.approve(key=key, by=by))
        assert (code, said["error"]["code"]) == (3, "CONFIG")


def test_a_station_wants_to_know_who_lets_it_judge_there(own: Bench) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*own.approve("release", "ben", "Ben", "--station", own.folder))
    assert ended.value.code == 2
    assert not (own.folder / "release" / "approval.note").exists()


def test_a_station_that_trusts_nobody_is_told(own: Bench, capsys: Capture) -> None:
    model, recipe, images = data_samples.model_dir(), data_samples.recipe_file(), data_samples.images_dir()
    new = NewStation(name="s", model=model, recipe=recipe, features=camera_configs.path("simulated"), images=images)
    create_station(own.folder / "station", new, PASSPHRASE)
    code, said = told(capsys, "release", "show", own.folder / "release", "--station", own.folder / "station")
    assert (code, said["error"]["code"]) == (3, "CONFIG")
    assert "trusts nobody" in said["error"]["message"]
