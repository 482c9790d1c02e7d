# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release propose`: what is signed, what is blocked, and that no use of the test set is wasted."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from inspector.detect.package import ModelPackage
from inspector.evidence.keys import read_public_key
from inspector.recipe import Recipe
from inspector.release.folder import read_release
from inspector.release.signatures import check_proposal
from tests.dataset_samples import run, told
from tests.release_samples import RULES, Bench, write_dataset, write_model
from tests.unit.shadow.test_result import document as shadow_run
from training.dataset.folder import DatasetFolder
from training.dataset.uses import count_uses, note_use

Capture = pytest.CaptureFixture[str]


def uses(bench: Bench) -> int:
    return count_uses(DatasetFolder(bench.folder / "dataset"))


def failed(said: dict[str, Any]) -> set[str]:
    return {one["name"] for one in said["checks"] if not one["passed"]}


def test_a_better_candidate_is_proposed(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    before = uses(bench)
    code, said = told(capsys, *bench.propose("better", html=tmp_path / "r.html"))
    assert (code, said["proposed"], failed(said)) == (0, True, set())
    release = read_release(bench.folder / "better")
    assert release.digest == said["digest"]
    document = release.document
    assert (document.product, document.trainer, document.why) == ("main", "Tom Trainer", "finds faint defects")
    assert document.dataset.uses == before + 1 == uses(bench)
    assert document.replaces is not None
    assert document.replaces.model == document.model.digest
    assert document.replaces.recipe != document.recipe.digest
    assert [one.model_dump() for one in document.gate.checks] == said["checks"]
    assert {"report.html", "equality.json", "model/model.json", "model/model.onnx"} <= set(document.files)
    assert {"inspector-station", "openvino", "torch", "python"} <= set(document.software)
    proposal, key = check_proposal(release, [read_public_key(bench.folder / "anna.key.pub")])
    assert (proposal.by, proposal.reason, key) == ("Anna", "finds faint defects", key)
    report = json.loads(release.file("report.json"))
    assert len(report["differ"]["missed_by_released_alone"]) == 3
    assert report["figures"]["beside"]["misses"] == {"candidate": 0, "released": 3}
    page = (tmp_path / "r.html").read_text()
    assert page == release.file("report.html").decode()
    assert page.count("Missed by the released model alone: 3") == 1
    assert page.count("<image ") == 6, "each of the three as both saw it"
    assert page.count("<b>candidate: ") == page.count("<b>released model: ") == 3
    shutil.rmtree(bench.folder / "better")


def test_a_worse_candidate_is_blocked_and_the_report_says_why(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    keen = f"{bench.folder / 'model'}+{bench.folder / 'keen.toml'}"
    words = bench.propose("worse", recipe=bench.folder / "dull.toml", against=keen, html=tmp_path / "r.html")
    code, said = told(capsys, *words)
    assert (code, said["proposed"], said["looked"]) == (1, False, True)
    assert failed(said) == {"bad parts", "new misses"}
    assert re.search(r"2 of \d+ are not kept: nothing was signed", (tmp_path / "r.html").read_text())
    assert not (bench.folder / "worse").exists()


def test_a_first_release_has_to_be_called_one(bench: Bench, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        run(*bench.propose("first", against=None))
    code, said = told(capsys, *bench.propose("first", against=None, first=True))
    assert (code, said["figures"]["beside"]) == (0, None)
    assert read_release(bench.folder / "first").document.replaces is None
    shutil.rmtree(bench.folder / "first")


def test_what_cannot_pass_uses_nothing_up(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    before = uses(bench)
    code, said = told(capsys, *bench.propose("default", rules=None))
    assert (code, said["looked"]) == (1, False)
    assert {"number of bad parts", "number of good parts", "number of parts with dent"} <= failed(said)
    (tmp_path / "gate.toml").write_text(f"{RULES}[test_set]\nmax_uses = {max(before, 1)}\n")
    if not before:
        note_use(DatasetFolder(bench.folder / "dataset"), "a test")
    before = uses(bench)
    code, said = told(capsys, *bench.propose("used", rules=tmp_path / "gate.toml"))
    assert (code, failed(said)) == (1, {"uses of the test set"})
    assert uses(bench) == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": None}, "no trained weights were named"),
        ({"weights": "gate.toml"}, "made from other weights"),
    ],
    ids=["none", "others"],
)
def test_f32_without_its_weights_is_blocked(bench: Bench, capsys: Capture, changes: dict[str, Any], words: str) -> None:
    before = uses(bench)
    named = {name: value and bench.folder / value for name, value in changes.items()}
    code, said = told(capsys, *bench.propose("blocked", **named))
    assert (code, failed(said)) == (1, {"trained weights"})
    assert words in json.dumps(said)
    assert uses(bench) == before


def test_f32_that_differs_from_its_weights_is_blocked(bench: Bench, compared: dict[str, Any], capsys: Capture) -> None:
    compared.update(equal=False, complaints=("other verdicts on 2 of 20 pictures",))
    code, said = told(capsys, *bench.propose("blocked"))
    assert (code, failed(said)) == (1, {"trained weights"})
    assert "other verdicts on 2 of 20 pictures" in json.dumps(said)


def test_a_test_set_that_is_not_locked_is_refused(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    path = write_dataset(tmp_path / "open", 2, 2, 0, lock=False)
    code, said = told(capsys, *bench.propose("open", dataset=path))
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    assert "not locked" in said["error"]["message"]


def test_a_changed_label_of_a_locked_test_set_is_refused(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    path = write_dataset(tmp_path / "changed", 2, 2, 0)
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"w": 32.0', '"w": 31.0', 1))
    code, said = told(capsys, *bench.propose("changed", dataset=path))
    assert (code, "was changed" in said["error"]["message"]) == (1, True)


def test_a_release_or_a_station_can_be_what_is_released(
    bench: Bench, own: Bench, capsys: Capture, tmp_path: Path
) -> None:
    path = own.folder / "release"
    code, said = told(capsys, *bench.propose("again", against=path))
    assert (code, "never approved" in said["error"]["message"]) == (3, True)
    assert run(*own.approve(), "--json") == 0
    code, said = told(capsys, *bench.propose("again", against=path))
    assert (code, said["figures"]["beside"]["misses"]) == (0, {"candidate": 0, "released": 0})
    assert read_release(bench.folder / "again").document.replaces is not None
    shutil.rmtree(bench.folder / "again")
    code, said = told(capsys, *bench.propose("again", against=path, product="flange"))
    assert (code, said["error"]["code"]) == (3, "RELEASE_REFUSED")


@pytest.mark.parametrize(
    ("changes", "code", "error"),
    [
        ({"against": "nothing"}, 3, "CONFIG"),
        ({"model": "gate.toml"}, 3, "MODEL_REFUSED"),
        ({"recipe": "gate.toml"}, 3, "RECIPE"),
        ({"rules": "keen.toml"}, 3, "CONFIG"),
        ({"key": "words"}, 3, "FORMAT_INVALID"),
        ({"out": "model"}, 3, "CONFIG"),
        ({"by": "Anna\nBen"}, 3, "CONFIG"),
        ({"why": " "}, 3, "CONFIG"),
        ({"product": "a product"}, 3, "CONFIG"),
        ({"product": "Main"}, 3, "CONFIG"),
        ({"trainer": ""}, 3, "CONFIG"),
        ({"out": "gate.toml/release"}, 3, "CONFIG"),
        ({"dataset": "model"}, 1, "DATASET_REFUSED"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_used_is_told_before_the_test_set_is_looked_at(
    bench: Bench, capsys: Capture, changes: dict[str, Any], code: int, error: str
) -> None:
    before = uses(bench)
    files = ("model", "recipe", "rules", "key", "out", "dataset", "against")
    named = {name: bench.folder / value if name in files else value for name, value in changes.items()}
    found, said = told(capsys, *bench.propose(**{"out": "no"} | named))
    assert (found, said["error"]["code"]) == (code, error)
    assert uses(bench) == before


def test_a_shadow_run_belongs_to_the_papers(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    before, path = uses(bench), tmp_path / "shadow.json"
    (tmp_path / "gate.toml").write_text(f"{RULES}[shadow]\nrequired = true\nmin_compared = 99\nmax_against = 1\n")
    words = {"shadow": path, "rules": tmp_path / "gate.toml"}
    code, said = told(capsys, *bench.propose("no", rules=words["rules"]))
    assert (code, said["looked"], failed(said)) == (1, False, {"shadow run"})
    path.write_text(json.dumps(shadow_run()))
    code, said = told(capsys, *bench.propose("no", **words))
    assert (code, said["error"]["code"]) == (3, "CONFIG")
    path.write_text(json.dumps(shadow_of(bench)))
    assert uses(bench) == before
    code, said = told(capsys, *bench.propose("line", **words))
    assert (code, said["figures"]["line"]["compared"]) == (0, 99)
    folder = bench.folder / "line"
    assert "shadow.json" in read_release(folder).document.files
    assert told(capsys, "release", "show", folder)[0] == 0
    shutil.rmtree(folder)


def shadow_of(bench: Bench) -> dict[str, Any]:
    """A shadow run of what the bench proposes beside what it holds it against."""
    model = ModelPackage.load(bench.folder / "model").digest
    names = {"candidate": "keen", "released": "dull"}
    found = shadow_run()
    for side, name in names.items():
        found[side] |= {"model": model, "recipe": Recipe.load(bench.folder / f"{name}.toml").digest}
    return found


def test_a_wrong_passphrase_uses_nothing_up(bench: Bench, capsys: Capture, tmp_path: Path) -> None:
    before = uses(bench)
    (tmp_path / "words").write_text("long but wrong")
    code, said = told(capsys, *bench.propose("no", passphrase_file=tmp_path / "words"))
    assert (code, said["error"]["code"], uses(bench)) == (1, "PASSPHRASE_WRONG", before)


def test_what_is_counted_is_a_rule(bench: Bench, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*bench.propose("pictures", count_by="picture"))
    assert ended.value.code == 2


def test_the_training_is_kept_if_it_is_the_one_of_the_package(bench: Bench, tmp_path: Path, capsys: Capture) -> None:
    run_file = b'{"kind": "inspector-training-run"}'
    manifest = DatasetFolder(bench.folder / "dataset").digest()
    origin = {"run_sha256": hashlib.sha256(run_file).hexdigest(), "dataset_manifest_sha256": manifest}
    write_model(tmp_path / "model", b"others", **origin)
    for name, content, kept in (("ours", run_file, True), ("other", b"{}", False)):
        (tmp_path / "run.json").write_bytes(content)
        words = bench.propose(name, model=tmp_path / "model", weights=tmp_path / "model.pt")
        assert told(capsys, *words)[0] == 0
        assert ("run.json" in read_release(bench.folder / name).document.files) == kept
        _, said = told(capsys, "release", "show", bench.folder / name)
        assert "Trained on the same dataset, from which its test set was left out." in said["told"]
        shutil.rmtree(bench.folder / name)
