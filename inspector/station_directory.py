# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a station directory: settings, recipe, model, camera features, signing key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inspector.config import load_config
from inspector.errors import ConfigError
from inspector.evidence.keys import create_key

TEMPLATE = """\
# Settings of this station. Unknown keys are refused; all keys: docs/settings.md
recipe = {recipe}

[station]
name = {name}

{cameras}[detector]
package = {package}

[key]
file = "keys/station.key"
passphrase_file = {passphrase_file}    # empty: unlock at the prompt, `inspector shift unlock`

[ledger]
kind = "directory"
"""

CAMERA_TEMPLATE = """\
[[cameras]]
name = "cam{number}"
producer = {producer}       # path of the vendor's GenTL producer (.cti), or "simulator"
serial = {serial}           # empty: the only camera that the producer lists
features = {features}       # SFNC features, written in this order and read back

"""

SIMULATED_STOPS = {"rejects_in_row": 30, "rejects": 90}
"""Half of the sample parts are bad, and a round of them can begin and end with all of these."""

UNATTENDED_STOPS = {
    "rejects_in_row": 1000,
    "rejects": 1000,
    "rejects_window": 1000,
    "late_parts": 1000,
    "late_window": 1000,
    "missing_images": 1000,
    "frozen_images": 1000,
    "gate_failures": 0,
    "unconfirmed_rejects": 1000,
}
"""As good as no stop at all: for demonstrations and tests with bad parts, faults and nobody to reset a stop."""

STOPS_TEMPLATE = """
# What stops the line until a person resets it (docs/line.md). These limits are for the simulated plant, whose belt
# carries many bad parts on purpose. Remove this table when a real line is there: the defaults are for that.
[stops]
"""

PLANT_TEMPLATE = """
# The simulated plant. Remove this table and set [line] when a real line is there.
[plant]
images = {images}
rate_ppm = {rate_ppm}
parts = {parts}
seed = {seed}
"""


@dataclass(frozen=True)
class NewStation:
    """What a new station directory is made of.

    Attributes:
        name: Station name in every record.
        model: Model package to copy.
        recipe: Recipe file to copy.
        features: Camera features file to copy.
        producer: GenTL producer, or "simulator".
        serials: Serial number of each camera, or empty; so many cameras, named cam1, cam2, ...
        images: Pictures for the simulated plant, or None for a real line.
        rate_ppm: Parts per minute of the simulated plant.
        parts: Parts that it feeds; 0 feeds for ever.
        seed: Seed of the simulated plant.
        passphrase_file: Credential file named in the settings, or empty.
        stops: Rules that differ from the defaults; only for a simulated plant.
    """

    name: str
    model: Path
    recipe: Path
    features: Path
    producer: str = "simulator"
    serials: tuple[str, ...] = ("",)
    images: Path | None = None
    rate_ppm: int = 120
    parts: int = 0
    seed: int = 1
    passphrase_file: str = ""
    stops: Mapping[str, int] = field(default_factory=SIMULATED_STOPS.copy)


def create_station(directory: Path, new: NewStation, passphrase: str) -> None:
    """Make a station directory.

    Args:
        directory: Must not exist, or be empty.
        new: What goes in.
        passphrase: Encrypts the signing key.

    Raises:
        ConfigError: The directory has something in it, or a source is missing. Nothing half-made is left behind.
    """
    for source in (new.model, new.recipe, new.features, *([new.images] if new.images else [])):
        if not source.exists():
            raise ConfigError(f"{source} does not exist", "Check the path")
    if directory.exists() and any(directory.iterdir()):
        raise ConfigError(f"{directory} is not empty", "Choose a new directory; a station is never overwritten")
    try:
        _fill(directory, new, passphrase)
        load_config(directory)
    except OSError as error:
        _remove(directory)
        raise ConfigError(f"{directory} cannot be made: {error}", "Check the disk and the permissions") from error
    except ConfigError:
        _remove(directory)
        raise


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def _fill(directory: Path, new: NewStation, passphrase: str) -> None:
    for folder in ("keys", "logs", "models", "recipes", "cameras", "run"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    model_folder = f"models/{new.model.resolve().name}"
    shutil.copytree(new.model, directory / model_folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    shutil.copyfile(new.recipe, directory / "recipes" / new.recipe.name)
    shutil.copyfile(new.features, directory / "cameras" / new.features.name)
    create_key(directory / "keys" / "station.key", passphrase, directory / "keys" / "station.pub")
    text = TEMPLATE.format(
        recipe=_quoted(f"recipes/{new.recipe.name}"),
        name=_quoted(new.name),
        cameras="".join(
            CAMERA_TEMPLATE.format(
                number=number,
                producer=_quoted(new.producer),
                serial=_quoted(serial),
                features=_quoted(f"cameras/{new.features.name}"),
            )
            for number, serial in enumerate(new.serials, 1)
        ),
        package=_quoted(model_folder),
        passphrase_file=_quoted(new.passphrase_file),
    )
    if new.images is not None:
        text += STOPS_TEMPLATE + "".join(f"{name} = {value}\n" for name, value in new.stops.items())
        text += PLANT_TEMPLATE.format(
            images=_quoted(str(new.images.resolve())), rate_ppm=new.rate_ppm, parts=new.parts, seed=new.seed
        )
    (directory / "station.toml").write_text(text, encoding="utf-8")


def _quoted(text: str) -> str:
    """A TOML basic string; JSON escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)
