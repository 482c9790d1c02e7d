# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page needs nothing but itself, says what was found, and shows what comes from files as text whatever it is."""

from __future__ import annotations

import dataclasses
from base64 import b64decode
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.detect.package import ModelPackage
from inspector.recipe import Recipe
from tests.dataset_samples import run, told
from tests.tiny_model import write_tiny_package
from tests.unit.evaluation.scripted import AT, RECIPE, Scripted, finding, picture
from tests.unit.evaluation.test_sources import dataset
from tests.unit.evaluation.test_sources import model as model  # a fixture
from training.dataset.folder import DatasetFolder
from training.dataset.uses import count_uses
from training.evaluation.costs import Costs
from training.evaluation.latency import latency_of
from training.evaluation.limits import choose_limits
from training.evaluation.markup import clean, document, node
from training.evaluation.measure import Seen, measure
from training.evaluation.page import page
from training.evaluation.pictures import Source
from training.evaluation.report import report_on
from training.evaluation.result import Evaluation, money_of

Capture = pytest.CaptureFixture[str]
MADE = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
JUDGED_BY = {"backend": "openvino", "version": "1", "precision": "f32", "threads": "2"}
TAGS = set(
    "html head meta title style body h1 h2 h3 p b br ul li div span section table thead tbody tr th td code".split()
)
TAGS |= set("figure figcaption svg line circle rect polyline text image".split())
EVIL = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">\'&amp;</style></title>'


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(data.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ModelPackage:
    return write_tiny_package(tmp_path_factory.mktemp("tiny") / "m", classes=("scratch", "dent", EVIL[:64]))


def evaluation(package: ModelPackage, seen: list[Seen], recipe: Recipe = RECIPE, name: str = "boards") -> Evaluation:
    costs = Costs(escape=100.0, false_reject=1.0, defect_rate=0.1, currency="<b>")
    choices = choose_limits(seen, recipe, package.classes, 50_000, costs, "part", f"dataset {name}, split val")
    report = report_on(seen, package.classes)
    source = Source(f"dataset {name}, split test", len(seen), {"name": name}, [f"A note on {name}"])
    money = money_of(costs, report, seen, recipe, choices)
    return Evaluation(package, recipe, source, seen, report, latency_of([1000.0], JUDGED_BY), money)


def judged() -> list[Seen]:
    """One right, one missed, one falsely rejected."""
    judge = Scripted((finding("dent", 0.9),), (finding("dent", 0.3),))
    pictures = [picture(0, ("dent", AT)), picture(1, ("dent", AT)), picture(2)]
    return measure(judge, RECIPE, pictures, keep=10)


def test_what_was_found_is_said_and_shown(package: ModelPackage) -> None:
    found = Page(page(evaluation(package, judged()), MADE))
    text = found.text.replace("\u00a0", " ")
    for words in (
        "1 of 2 missed: below 98 % at 95 %",
        "1 of 1 falsely rejected: above 5.0 % at 95 %",
        "Misses: 1",
        "False rejects: 1",
        "A note on boards",
        "Limits were chosen on dataset boards, split val",
        "mAP50 ",
        "fewer than 100 runs",
        package.digest,
        RECIPE.digest,
        "2026-01-02 03:04 UTC",
    ):
        assert words in text
    pictures = [value for name, value in found.attributes if name == "href"]
    assert len(pictures) == found.tags["image"] == 2
    for value in pictures:
        decoded = cv2.imdecode(np.frombuffer(b64decode(value.partition(",")[2]), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert decoded is not None
        assert decoded.shape == (16, 16)


def test_without_errors_and_without_prices_the_page_says_so(package: ModelPackage) -> None:
    seen = measure(Scripted(()), RECIPE, [picture(0)])
    found = dataclasses.replace(evaluation(package, seen), money=None)
    text = Page(page(found, MADE)).text
    assert text.count("None.") == 2
    assert "What errors cost" not in text
    assert "none could be missed: nothing is known" in text


def test_wrong_ones_without_a_picture_are_counted(package: ModelPackage) -> None:
    seen = [dataclasses.replace(one, jpeg=None) for one in judged()]
    assert Page(page(evaluation(package, seen), MADE)).text.count("1 more have no picture here") == 2


def attacked(package: ModelPackage, evil: str) -> bytes:
    """A page in which every name that comes from a file is an attack."""
    name = evil.replace("\n", " ").replace("\0", "")[:60] or "x"
    seen = [
        dataclasses.replace(
            one,
            name=evil,
            part=evil + str(number),
            reason=evil,
            defects=tuple((name, box) for _, box in one.defects),
            findings=tuple(dataclasses.replace(each, class_name=name) for each in one.findings),
            counting=tuple(dataclasses.replace(each, class_name=name) for each in one.counting),
        )
        for number, one in enumerate(judged())
    ]
    recipe = RECIPE.model_copy(update={"name": evil, "version": evil})
    recipe._data = RECIPE.data
    found = evaluation(package, seen, recipe, evil)
    odd = dataclasses.replace(found.source, facts={evil: evil}, notes=[evil])
    return page(dataclasses.replace(found, source=odd), MADE)


def check_harmless(data: bytes) -> Page:
    found = Page(data)
    assert set(found.tags) <= TAGS
    assert found.tags["title"] == found.tags["style"] == 1
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "action", "formaction", "srcdoc")
        assert name != "href" or value.startswith("data:image/jpeg;base64,")
        assert name != "style" or value == "" or value.startswith("background:rgba(")
    return found


def test_markup_in_names_is_text(package: ModelPackage) -> None:
    found = check_harmless(attacked(package, EVIL))
    assert found.text.count(EVIL) > 5
    plain = Page(page(evaluation(package, judged()), MADE))
    assert found.tags["image"] == plain.tags["image"]


@given(evil=st.text(max_size=30))
def test_any_name_is_harmless(package: ModelPackage, evil: str) -> None:
    check_harmless(attacked(package, evil))


def test_what_cannot_be_seen_or_turns_the_text_is_shown_as_such() -> None:
    assert clean("a\0b\u202ec\ud800d\x1be\u2067") == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"
    assert clean("Größe 5 µm, 漢字\t\n") == "Größe 5 µm, 漢字\t\n"
    data = document("x\udcff", "", node("p", "<&>", title='"<\u202e'))
    assert b"<p title=" in data
    assert Page(data).text.strip() == "x\ufffd<&>"


def test_the_command_writes_it(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path)
    target = tmp_path / "report.html"
    for most in (1000, 1):
        code, said = told(capsys, *model, "--data", path, "--html", target, "--pictures", most)
        assert code == 0
        assert said["missed"]["errors"] + said["false_rejects"]["errors"] == len(said["wrong"])
        found = check_harmless(target.read_bytes())
        assert found.tags["image"] == min(most, len(said["wrong"])) >= 1
    assert "this is use 2 of it" in found.text
    assert run(*model, "--data", path, "--html", target) == 0
    assert str(target) in capsys.readouterr().out


def test_a_place_that_cannot_be_is_refused_before_the_test_set_is_used(
    tmp_path: Path, model: list[object], capsys: Capture
) -> None:
    path = dataset(tmp_path)
    for target in (tmp_path, tmp_path / "none" / "report.html"):
        with pytest.raises(SystemExit) as ended:
            run(*model, "--data", path, "--html", target)
        assert ended.value.code == 2
    assert count_uses(DatasetFolder(path)) == 0
