# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a station works with, as documents that can be compared: settings, program files, recipe, model."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from inspector.config import Config, products
from inspector.config.flat import Flat, flatten
from inspector.detect.package import MANIFEST_NAME

DISTRIBUTION = "inspector-station"
PACKAGES = ("inspector", "gui", "training", "ledger_anchor", "camera_configs", "data_samples")
NOT_PROGRAM = ("__pycache__", ".pyc", ".pyo")


def encode(flat: Flat) -> bytes:
    """A document of such values."""
    return (json.dumps(flat, sort_keys=True, indent=0, ensure_ascii=False) + "\n").encode()


def decode(data: bytes) -> Flat | None:
    """What `encode` has written; None if it is something else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        return None
    return value


def settings_document(station: Path, config: Config) -> bytes:
    """All settings, defaults included, and hashes of the files that they name and that decide something."""
    flat = flatten(config.model_dump(mode="json"))
    files = {f"cameras.{number}.features": one.features for number, one in enumerate(config.cameras)}
    files |= {f"bypass.authority.{number}": file for number, file in enumerate(config.bypass.authority)}
    files |= {f"release.authority.{number}": file for number, file in enumerate(config.release.authority)}
    if config.challenge.file:
        files["challenge.file"] = config.challenge.file
    for name, one in products(config).items() if config.recipes else ():
        files[f"recipes.{name}.recipe"] = one.recipe
        files[f"recipes.{name}.package"] = f"{one.package}/{MANIFEST_NAME}"
        if one.challenge:
            files[f"recipes.{name}.challenge"] = one.challenge
    for key, file in files.items():
        path = station / file
        if path.is_file():
            flat[f"{key}#sha256"] = json.dumps(hashlib.sha256(path.read_bytes()).hexdigest())
    return encode(flat)


@functools.lru_cache(maxsize=1)
def program_document() -> bytes:
    """Every file of the installed program with its SHA-256, and the versions of what it is built on.

    Read once per process: what a process has loaded does not change with the files.
    """
    flat: Flat = {DISTRIBUTION: version(DISTRIBUTION)}
    for package in PACKAGES:
        found = importlib.util.find_spec(package)
        for place in (found.submodule_search_locations or ()) if found is not None else ():
            root = Path(place)
            for path in sorted(root.rglob("*")):
                if path.is_file() and not any(mark in str(path) for mark in NOT_PROGRAM):
                    name = f"{package}/{path.relative_to(root).as_posix()}"
                    flat[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for requirement in requires(DISTRIBUTION) or ():
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        try:
            flat[f"package:{name}"] = version(name)
        except PackageNotFoundError:
            continue  # an extra that is not installed
    return encode(flat)


def flat_recipe(data: bytes) -> Flat | None:
    """The values of a recipe document; None if it cannot be read."""
    try:
        return flatten(tomllib.loads(data.decode("utf-8"), parse_float=str))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None


def flat_model(data: bytes) -> Flat | None:
    """The values of a model's manifest; None if it cannot be read."""
    try:
        return flatten(json.loads(data))
    except (ValueError, RecursionError):
        return None
