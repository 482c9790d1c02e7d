# SPDX-License-Identifier: AGPL-3.0-or-later
"""The recipe: what counts as a defect on this part. Settings from TOML, checked when they are loaded.

How to write one is told in `docs/recipes.md`; how a verdict follows from it is `inspector.recipe.rules`. Numbers with a
point are decimal in the file and integers inside, so that no verdict depends on how a machine rounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from inspector.errors import RecipeError
from inspector.part import Serial
from inspector.recipe.document import Strict, TomlDocument
from inspector.recipe.geometry import Polygon, is_simple

MAX_RECIPE_BYTES = 256 * 1024
_LARGEST = 10**12


def _scaled(factor: int) -> BeforeValidator:
    """Turn a decimal of the file into an integer of 1/factor; what does not fit exactly is refused."""

    def scale(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError("must be a number")
        number = Decimal(value)
        if not number.is_finite() or number.copy_abs() > _LARGEST:
            raise ValueError("must be a finite number")
        scaled = number * factor
        if scaled != scaled.to_integral_value():
            raise ValueError(f"has more digits than 1/{factor} can hold")
        return int(scaled)

    return BeforeValidator(scale)


_Share = Annotated[int, _scaled(1_000_000), Field(ge=0, le=1_000_000)]
_GreyLevel = Annotated[int, _scaled(1000), Field(ge=0, le=255_000)]
_Milli = Annotated[int, _scaled(1000), Field(ge=0, le=100_000_000_000)]
_Pixels = Annotated[int, Field(ge=0, le=100_000)]
_Name = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
_CameraName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_Size = Annotated[list[Annotated[int, Field(ge=1, le=100_000)]], Field(min_length=2, max_length=2)]
_Corner = Annotated[list[Annotated[int, Field(ge=-100_000, le=100_000)]], Field(min_length=2, max_length=2)]


class ClassRule(Strict):
    """Limits for one class of findings.

    Attributes:
        min_score_ppm: From this score on a finding counts (`min_score` in the file).
        grey_from_ppm: From this score up to `min_score` nobody can tell: NO_DECISION (`grey_from`).
        min_size_px: A finding whose longer side is shorter is tolerated.
        max_size_px: A finding whose longer side is longer fails the part whatever `max_count` allows.
        max_count: So many findings are tolerated.
    """

    min_score_ppm: Annotated[_Share, Field(alias="min_score")]
    grey_from_ppm: Annotated[_Share | None, Field(alias="grey_from")] = None
    min_size_px: _Pixels = 0
    max_size_px: _Pixels | None = None
    max_count: Annotated[int, Field(ge=0, le=10_000)] = 0

    @property
    def floor_ppm(self) -> int:
        """The lowest score that matters."""
        return self.min_score_ppm if self.grey_from_ppm is None else self.grey_from_ppm

    @model_validator(mode="after")
    def _ordered(self) -> ClassRule:
        if self.grey_from_ppm is not None and self.grey_from_ppm > self.min_score_ppm:
            raise ValueError("grey_from must not be above min_score")
        if self.max_size_px is not None and self.max_size_px < self.min_size_px:
            raise ValueError("max_size_px must not be below min_size_px")
        return self


class Zone(Strict):
    """A polygon in the camera image.

    Attributes:
        name: Name for people; it appears in the reason of a verdict.
        kind: "include": findings that touch it are judged. "exclude": findings wholly inside are tolerated.
        polygon: Corners in px, in order.
        only: For "exclude": the classes that are tolerated there; empty means all.
        rules: For "include": limits of this zone that replace the recipe's for the classes named.
    """

    name: _Name
    kind: Literal["include", "exclude"]
    polygon: Annotated[list[_Corner], Field(min_length=3, max_length=64)]
    only: list[_Name] = Field(default_factory=list)
    rules: dict[_Name, ClassRule] = Field(default_factory=dict)

    @property
    def polygon_16(self) -> Polygon:
        """Corners in 1/16 px, as detections are."""
        return tuple((16 * x, 16 * y) for x, y in self.polygon)

    @model_validator(mode="after")
    def _sensible(self) -> Zone:
        if not is_simple(self.polygon_16):
            raise ValueError("the polygon crosses itself or has no area")
        if self.kind == "include" and self.only:
            raise ValueError("`only` belongs to exclude zones")
        if self.kind == "exclude" and self.rules:
            raise ValueError("`rules` belong to include zones")
        return self


class PartPresence(Strict):
    """How to see that there is a part: by the share of the image that is brighter (or darker) than a level.

    Attributes:
        level: Grey level between part and background.
        brighter: Whether the part is brighter than the background.
        area_min_ppm: The part covers at least this share of the image (`area_min`).
        area_max_ppm: The part covers at most this share (`area_max`).
    """

    level: Annotated[int, Field(ge=0, le=255)]
    brighter: bool = True
    area_min_ppm: Annotated[_Share, Field(alias="area_min")]
    area_max_ppm: Annotated[_Share, Field(alias="area_max")] = 1_000_000


class GateLimits(Strict):
    """When an image is good enough to be judged.

    Attributes:
        brightness_min_milli: Lowest mean grey level, 1/1000 (`brightness_min`).
        brightness_max_milli: Highest mean grey level, 1/1000 (`brightness_max`).
        sharpness_min_milli: Lowest variance of the Laplacian, 1/1000 (`sharpness_min`).
        part: How to see that there is a part; without it this is not checked.
    """

    brightness_min_milli: Annotated[_GreyLevel, Field(alias="brightness_min")] = 0
    brightness_max_milli: Annotated[_GreyLevel, Field(alias="brightness_max")] = 255_000
    sharpness_min_milli: Annotated[_Milli, Field(alias="sharpness_min")] = 0
    part: PartPresence | None = None


class ViewRules(Strict):
    """What is different for one camera; what is not given is as in the rest of the recipe.

    Attributes:
        image_size: As in the recipe; only together with `zones`, which are drawn on it.
        classes: Limits that replace the recipe's for the classes named.
        zones: Zones that replace the recipe's, all of them.
        gate: A gate that replaces the recipe's as a whole.
    """

    image_size: _Size | None = None
    classes: Annotated[dict[_Name, ClassRule], Field(max_length=1000)] = Field(default_factory=dict)
    zones: Annotated[list[Zone], Field(max_length=32)] | None = None
    gate: GateLimits | None = None

    @model_validator(mode="after")
    def _zones_have_a_size(self) -> ViewRules:
        if self.zones and self.image_size is None:
            raise ValueError("zones need image_size = [width, height], the image that they were drawn on")
        if self.image_size is not None and self.zones is None:
            raise ValueError("image_size needs the zones of this camera; zones = [] for none")
        if len({zone.name for zone in self.zones or ()}) != len(self.zones or ()):
            raise ValueError("zone names must be unique")
        return self


class SerialRule(Strict):
    """Where the part's serial comes from.

    Attributes:
        source: "image": a DataMatrix in the picture. "scanner": a code reader beside the line. "plc": the plant's
            controller gives it with the trigger. "none": parts carry no serial.
        camera: On whose pictures it is read; if not given, on those of the first camera in `station.toml`.
        required: Without a readable serial of the right form there is no decision.
        form: What a serial looks like: `#` a digit, `@` a capital letter, `?` any character, each followed by `+`
            for one or more; a backslash takes the next character literally; anything else is itself.
        duplicate: What a serial means that a judged part had before. "reject": no decision instead of PASS. "warn": the
            reason says so. "allow": nothing.
        duplicate_among: Where it is looked for: in the records of the "shift", or in all "records".
    """

    source: Literal["image", "scanner", "plc", "none"] = "none"
    camera: _CameraName | None = None
    required: bool = False
    form: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    duplicate: Literal["allow", "warn", "reject"] = "allow"
    duplicate_among: Literal["shift", "records"] = "records"

    def accepts(self, text: str) -> bool:
        """Whether a serial has the right form."""
        return self.form is None or re.fullmatch(_form_pattern(self.form), text) is not None

    @model_validator(mode="after")
    def _sensible(self) -> SerialRule:
        if self.source == "none" and (self.required or self.form or self.duplicate != "allow"):
            raise ValueError("a serial that is required, has a form or must not come twice needs a source")
        if self.source != "image" and self.camera:
            raise ValueError('a serial that is read by a camera needs source = "image"')
        return self


class Recipe(TomlDocument):
    """One recipe. Findings of a class that it does not list fail the part.

    Attributes:
        format: Format of the file.
        name: Name of the recipe.
        version: Version of the recipe.
        number: Number by which a plant's controller knows it; 0: none.
        image_size: Width and height in px of the image that the zones were drawn on; needed when there are any.
        classes: Limits by class.
        zones: Where to look; without an include zone, everywhere.
        gate: When an image is good enough.
        serial: Where the serial comes from.
        views: What is different for one camera, by its name.
    """

    MAX_BYTES = MAX_RECIPE_BYTES
    NAMED_BY = "the recipe's path"

    format: Literal["inspector-recipe/1"]
    name: _Name
    version: _Name
    number: Annotated[int, Field(ge=0, le=65_535)] = 0
    image_size: _Size | None = None
    classes: Annotated[dict[_Name, ClassRule], Field(min_length=1, max_length=1000)]
    zones: Annotated[list[Zone], Field(max_length=32)] = Field(default_factory=list)
    gate: GateLimits = GateLimits()
    serial: SerialRule = SerialRule()
    views: Annotated[dict[_CameraName, ViewRules], Field(max_length=8)] = Field(default_factory=dict)

    @field_validator("zones")
    @classmethod
    def _unique_zones(cls, zones: list[Zone]) -> list[Zone]:
        if len({zone.name for zone in zones}) != len(zones):
            raise ValueError("zone names must be unique")
        return zones

    @model_validator(mode="after")
    def _zones_have_a_size(self) -> Recipe:
        if self.zones and self.image_size is None:
            raise ValueError("zones need image_size = [width, height], the image that they were drawn on")
        return self

    @classmethod
    def load(cls, path: Path) -> Recipe:
        """Read a recipe.

        Raises:
            RecipeError: The file cannot be read, is no TOML, or has a field that is unknown or out of range.
        """
        return cls.parse(cls.read_file(path), str(path))

    @classmethod
    def parse(cls, data: bytes, origin: str) -> Recipe:
        """Read a recipe from the bytes of its file; `origin` names it in errors.

        Raises:
            RecipeError: As for `load`.
        """
        return cls.from_toml(data, origin)

    @property
    def class_names(self) -> frozenset[str]:
        """All classes that it lists, for whichever camera."""
        return frozenset(self.classes).union(*(view.classes for view in self.views.values()))

    def for_camera(self, camera: str) -> Recipe:
        """The rules for the views of one camera; its digest is still that of the whole document."""
        own = self.views.get(camera)
        if own is None:
            return self
        changed: dict[str, object] = {"classes": {**self.classes, **own.classes}}
        if own.zones is not None:
            changed |= {"zones": own.zones, "image_size": own.image_size}
        if own.gate is not None:
            changed["gate"] = own.gate
        return self.model_copy(update=changed)

    def check_views(self, camera: str) -> None:
        """Refuse a name for which nothing is different: it may be a mistake.

        Raises:
            RecipeError: The recipe has no rules of its own for this camera.
        """
        if camera not in self.views:
            names = ", ".join(self.views) or "none"
            raise RecipeError(f"recipe {self.name} has no [views.{camera}]", f"It has: {names}")

    def check_station(self, cameras: Sequence[str], *, scanner: bool) -> None:
        """Compare the recipe with the station that uses it.

        Args:
            cameras: Names of the station's cameras.
            scanner: Whether it has a scanner.

        Raises:
            RecipeError: It has rules for a camera, or needs a scanner, that the station does not have.
        """
        if self.serial.source == "scanner" and not scanner:
            raise RecipeError(
                f"recipe {self.name}: serials come from a scanner, and the station has none",
                "Add [scanner] to station.toml",
            )
        named = [(f"views.{name}", name) for name in self.views]
        if self.serial.camera is not None:
            named.append(("serial.camera", self.serial.camera))
        for where, name in named:
            if name not in cameras:
                raise RecipeError(
                    f"recipe {self.name}: {where}: the station has no camera {name!r}",
                    f"Use one of: {', '.join(cameras)}",
                )

    def serial_complaint(self, serial: Serial | None) -> str | None:
        """Why the part must not pass for its serial, or None; a serial that nobody requires is no reason."""
        if not self.serial.required:
            return None
        if serial is None:
            return "serial not readable"
        if not self.serial.accepts(serial.text):
            return f"serial {serial.text!r} does not have the form {self.serial.form}"
        return None

    def check_classes(self, classes: tuple[str, ...], floor_ppm: int = 0) -> None:
        """Compare the recipe with the model that will be used.

        Args:
            classes: The model's classes.
            floor_ppm: The model reports nothing below this score.

        Raises:
            RecipeError: It lists a class the model does not know, or a score the model never reports.
        """
        for where, name, rule in self._all_rules():
            if name not in classes:
                raise RecipeError(f"{where}: the model has no class {name!r}", f"Use one of: {', '.join(classes)}")
            if rule is not None and rule.floor_ppm < floor_ppm:
                raise RecipeError(
                    f"{where}.{name} starts at {rule.floor_ppm} ppm, the model at {floor_ppm} ppm",
                    "Raise the limit, or package the model with a lower floor",
                )

    def _all_rules(self) -> Iterator[tuple[str, str, ClassRule | None]]:
        yield from _rules_of("", self.classes, self.zones)
        for camera, view in self.views.items():
            yield from _rules_of(f"views.{camera}: ", view.classes, view.zones or [])


def _rules_of(
    where: str, classes: dict[str, ClassRule], zones: list[Zone]
) -> Iterator[tuple[str, str, ClassRule | None]]:
    for name, rule in classes.items():
        yield f"{where}classes", name, rule
    for zone in zones:
        for name, rule in zone.rules.items():
            yield f"{where}zone {zone.name}: rules", name, rule
        for name in zone.only:
            yield f"{where}zone {zone.name}: only", name, None


def _form_pattern(form: str) -> str:
    """The form as a regular expression; possessive repeats keep matching linear in the length of the text."""
    kinds = {"#": "[0-9]", "@": "[A-Z]", "?": "."}
    pattern, position = "", 0
    while position < len(form):
        symbol = form[position]
        position += 1
        if symbol in kinds:
            pattern += kinds[symbol]
            if form[position : position + 1] == "+":
                pattern += "++"
                position += 1
        elif symbol == "\\" and position < len(form):
            pattern += re.escape(form[position])
            position += 1
        else:
            pattern += re.escape(symbol)
    return pattern
