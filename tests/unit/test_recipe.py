# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recipe is read exactly or refused with the place of the mistake."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data_samples
from inspector.errors import RecipeError
from inspector.part import Serial
from inspector.recipe import Recipe
from inspector.recipe.challenge_set import ChallengeSet
from inspector.recipe.settings import MAX_RECIPE_BYTES, SerialRule

FULL = """
format = "inspector-recipe/1"
name = "Gehäuse links"
version = "3"
image_size = [640, 480]

[gate]
brightness_min = 40.5
sharpness_min = 12

[gate.part]
level = 90
area_min = 0.2

[serial]
source = "image"
required = true
form = "S#+-######"

[classes.scratch]
min_score = 0.55
grey_from = 0.30
min_size_px = 4
max_size_px = 40
max_count = 2

[classes.dent]
min_score = 1

[[zones]]
name = "sealing face"
kind = "include"
polygon = [[10, 10], [600, 10], [600, 400], [10, 400]]
[zones.rules.scratch]
min_score = 0.3

[[zones]]
name = "mark"
kind = "exclude"
polygon = [[100, 100], [200, 100], [200, 200]]
only = ["scratch"]
"""
MINIMAL = 'format = "inspector-recipe/1"\nname = "a"\nversion = "1"\n[classes.a]\nmin_score = 0.5\n'


def parse(text: str) -> Recipe:
    return Recipe.parse(text.encode("utf-8"), "test.toml")


def test_everything_is_read(tmp_path: Path) -> None:
    path = tmp_path / "full.toml"
    path.write_bytes(FULL.encode("utf-8"))
    recipe = Recipe.load(path)
    scratch = recipe.classes["scratch"]
    assert (scratch.min_score_ppm, scratch.grey_from_ppm, scratch.floor_ppm) == (550_000, 300_000, 300_000)
    assert (scratch.min_size_px, scratch.max_size_px, scratch.max_count) == (4, 40, 2)
    assert recipe.classes["dent"].floor_ppm == 1_000_000
    assert recipe.gate.brightness_min_milli == 40_500
    assert recipe.gate.part is not None
    assert recipe.gate.part.area_min_ppm == 200_000
    assert recipe.zones[0].rules["scratch"].min_score_ppm == 300_000
    assert recipe.zones[1].polygon_16[0] == (1600, 1600)
    assert recipe.data == path.read_bytes()
    assert recipe.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_defaults() -> None:
    recipe = parse(MINIMAL)
    rule = recipe.classes["a"]
    assert (rule.grey_from_ppm, rule.min_size_px, rule.max_size_px, rule.max_count) == (None, 0, None, 0)
    assert recipe.zones == []
    assert (recipe.gate.brightness_min_milli, recipe.gate.brightness_max_milli) == (0, 255_000)
    assert (recipe.serial.source, recipe.serial.required) == ("none", False)


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("min_score = 0.55", "min_score = 1.01", "classes.scratch.min_score"),
        ("min_score = 0.55", "min_score = 0.5500001", "more digits"),
        ("min_score = 0.55", 'min_score = "0.55"', "must be a number"),
        ("min_score = 0.55", "min_score = true", "must be a number"),
        ("min_score = 0.55", "min_score = nan", "finite"),
        ("min_score = 0.55", "min_score = -inf", "finite"),
        ("min_score = 0.55", "", "classes.scratch.min_score"),
        ("grey_from = 0.30", "grey_from = 0.60", "grey_from must not be above"),
        ("max_size_px = 40", "max_size_px = 3", "max_size_px must not be below"),
        ("max_size_px = 40", "max_size_px = 40.0", "max_size_px"),
        ("max_count = 2", "max_count = -1", "max_count"),
        ("max_count = 2", "max_cuont = 2", "max_cuont"),
        ("image_size = [640, 480]", "", "zones need image_size"),
        ('kind = "include"', 'kind = "ignore"', "zones.0.kind"),
        ("[[10, 10], [600, 10], [600, 400], [10, 400]]", "[[10, 10], [600, 10]]", "zones.0.polygon"),
        ("[600, 400], [10, 400]]", "[10, 400], [600, 400]]", "crosses itself"),
        ('only = ["scratch"]', "[zones.rules.scratch]\nmin_score = 0.5", "belong to include zones"),
        ("[zones.rules.scratch]\nmin_score = 0.3", 'only = ["scratch"]', "belongs to exclude zones"),
        ('name = "mark"', 'name = "sealing face"', "unique"),
        ('source = "image"', 'source = "none"', "needs a source"),
        ('source = "image"', 'source = "rfid"', "serial.source"),
        ("inspector-recipe/1", "inspector-recipe/2", "format"),
        ("[gate]", "[gate", "no valid TOML"),
        ("[classes.dent]", "[classes.scratch]", "no valid TOML"),
        ("brightness_min = 40.5", "brightness_min = 256", "gate.brightness_min"),
    ],
)
def test_mistakes_are_named(old: str, new: str, match: str) -> None:
    assert old in FULL
    with pytest.raises(RecipeError, match=match) as refusal:
        parse(FULL.replace(old, new, 1))
    assert refusal.value.advice


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        Recipe.load(tmp_path / "missing.toml")
    with pytest.raises(RecipeError, match="larger"):
        parse("#" * (MAX_RECIPE_BYTES + 1))
    with pytest.raises(RecipeError, match="TOML"):
        Recipe.parse(b"\xff\xfe", "test.toml")


@given(st.text(max_size=80) | st.sampled_from(["a=" + "[" * 5000, "a=1e999999999999", "[classes]\na=1"]))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Recipe.parse(text.encode("utf-8", "surrogatepass"), "test.toml")


@given(st.sampled_from(["min_score", "grey_from"]), st.text(alphabet="0123456789.eE+-_infa", max_size=12))
def test_any_number_is_read_or_refused(key: str, number: str) -> None:
    text = MINIMAL.replace(
        "min_score = 0.5", f"min_score = 1\n{key} = {number}" if key == "grey_from" else f"{key} = {number}"
    )
    try:
        recipe = parse(text)
    except RecipeError:
        return
    assert 0 <= recipe.classes["a"].floor_ppm <= 1_000_000


def test_the_recipe_must_fit_the_model() -> None:
    recipe = parse(FULL)
    recipe.check_classes(("scratch", "dent", "burr"), 250_000)
    with pytest.raises(RecipeError, match="no class 'dent'"):
        recipe.check_classes(("scratch", "burr"))
    with pytest.raises(RecipeError, match="300000 ppm, the model at 400000 ppm"):
        recipe.check_classes(("scratch", "dent"), 400_000)
    with pytest.raises(RecipeError, match="zone mark"):
        parse(FULL.replace('only = ["scratch"]', 'only = ["rust"]')).check_classes(("scratch", "dent"))
    with pytest.raises(RecipeError, match="zone sealing face"):
        parse(FULL.replace("zones.rules.scratch", "zones.rules.rust")).check_classes(("scratch", "dent"))


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("S#+-######", "S7-000123", True),
        ("S#+-######", "S12-000123", True),
        ("S#+-######", "S-000123", False),
        ("S#+-######", "S7-00123", False),
        ("S#+-######", "S7-000123 ", False),
        ("S#+-######", "s7-000123", False),
        ("@@?+", "AB.*", True),
        ("@@?+", "AB", False),
        (r"\#+", "#+", True),
        (r"\##", "#5", True),
        ("a.c(", "a.c(", True),
        ("a.c(", "abc(", False),
        ("#", "٣", False),  # only ASCII digits
        ("x\\", "x\\", True),
    ],
)
def test_serial_forms(form: str, text: str, fits: bool) -> None:
    assert SerialRule(source="image", form=form).accepts(text) is fits


@given(st.text(min_size=1, max_size=128), st.text(max_size=128))
def test_any_form_meets_any_text(form: str, text: str) -> None:
    SerialRule(source="image", form=form).accepts(text)


def test_serial_complaints() -> None:
    recipe = parse(FULL)
    assert recipe.serial_complaint(Serial("S1-000001")) is None
    assert recipe.serial_complaint(None) == "serial not readable"
    assert "S#+-######" in (recipe.serial_complaint(Serial("X")) or "")
    relaxed = parse(FULL.replace("required = true", "required = false"))
    assert relaxed.serial_complaint(None) is None
    assert relaxed.serial_complaint(Serial("X")) is None


def test_the_shipped_recipe_lists_every_class_of_the_samples() -> None:
    recipe = Recipe.load(data_samples.recipe_file())
    names = {defect.class_name for label in data_samples.labels() for defect in label.defects}
    assert names <= set(recipe.classes)
    assert all(recipe.serial.accepts(label.serial) for label in data_samples.labels())


def test_the_example_in_the_documentation_is_a_recipe() -> None:
    page = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in page.split("```toml")[1:]]
    (challenge,) = [block for block in blocks if "inspector-challenge/1" in block]
    recipe = parse("\n".join(block for block in blocks if block != challenge and "[recipes." not in block))
    assert ChallengeSet.parse(challenge.encode(), "docs", recipe).by_serial == {
        "S7-900001": "scratch",
        "S7-900002": None,
    }
    assert recipe.serial.accepts("S7-000123")
    assert [zone.kind for zone in recipe.zones] == ["include", "exclude"]
    for model in (type(recipe), type(recipe.gate), type(recipe.serial), type(recipe.classes["scratch"])):
        for name, field in model.model_fields.items():
            assert (field.alias or name) in page, f"{name} is not documented"


# Several cameras

SIDE = """
[views.side]
image_size = [320, 240]
[views.side.classes.scratch]
min_score = 0.9
[views.side.classes.stain]
min_score = 0.5
[views.side.gate]
brightness_max = 90
[[views.side.zones]]
name = "rim"
kind = "include"
polygon = [[0, 0], [300, 0], [300, 200]]
"""


def test_one_camera_has_its_own_rules_and_the_digest_is_that_of_the_whole_document() -> None:
    recipe = parse(FULL + SIDE)
    side = recipe.for_camera("side")
    assert recipe.for_camera("top") is recipe
    assert side.digest == recipe.digest
    assert side.classes["scratch"].min_score_ppm == 900_000
    assert side.classes["dent"] == recipe.classes["dent"]
    assert set(side.classes) == recipe.class_names == {"scratch", "dent", "stain"}
    assert "stain" not in recipe.classes
    assert [zone.name for zone in side.zones] == ["rim"]
    assert side.image_size == [320, 240]
    assert (side.gate.brightness_max_milli, side.gate.brightness_min_milli, side.gate.part) == (90_000, 0, None)
    assert side.serial == recipe.serial


def test_what_a_camera_does_not_replace_it_shares() -> None:
    recipe = parse(FULL + "[views.side.gate]\nbrightness_min = 7\n")
    side = recipe.for_camera("side")
    assert (side.zones, side.image_size, side.classes) == (recipe.zones, recipe.image_size, recipe.classes)
    assert parse(FULL + "[views.side]\nzones = []\n").for_camera("side").image_size is None


@pytest.mark.parametrize(
    ("added", "place"),
    [
        ("[views.side]\nimage_size = [4, 4]\n", "image_size needs the zones"),
        (
            '[[views.side.zones]]\nname = "a"\nkind = "include"\npolygon = [[0, 0], [3, 0], [3, 3]]\n',
            "zones need image",
        ),
        (SIDE + SIDE.partition("[[")[1] + SIDE.partition("[[")[2], "zone names must be unique"),
        ("[views.Side]\n", "views.Side"),
        ("[views.side.serial]\n", "views.side.serial"),
    ],
)
def test_rules_of_a_camera_that_make_no_sense_are_refused(added: str, place: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(place)):
        parse(FULL + added)


def test_cameras_and_classes_of_views_are_compared_with_the_station() -> None:
    recipe = parse(FULL + SIDE)
    recipe.check_station(["top", "side"], scanner=False)
    recipe.check_classes(("scratch", "dent", "stain"))
    with pytest.raises(RecipeError, match=r"views\.side: the station has no camera 'side'"):
        recipe.check_station(["top"], scanner=False)
    with pytest.raises(RecipeError, match=r"views\.side: classes: the model has no class 'stain'"):
        recipe.check_classes(("scratch", "dent"))
    other = parse(FULL.replace("[serial]", '[serial]\ncamera = "under"'))
    with pytest.raises(RecipeError, match=r"serial\.camera: the station has no camera 'under'"):
        other.check_station(["top", "side"], scanner=False)


def test_a_camera_without_rules_of_its_own_is_not_taken_for_one_that_has() -> None:
    recipe = parse(FULL + SIDE)
    recipe.check_views("side")
    with pytest.raises(RecipeError, match=r"has no \[views\.top\]"):
        recipe.check_views("top")
