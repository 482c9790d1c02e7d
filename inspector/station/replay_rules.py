# SPDX-License-Identifier: AGPL-3.0-or-later
"""The model package and recipe that a record names, found again by their hashes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from inspector.config import load_config, products
from inspector.detect.detector import Detector
from inspector.detect.package import MANIFEST_NAME, ModelPackage
from inspector.detect.session import Backend
from inspector.errors import ConfigError, EvidenceError, ModelRefused, RecipeError, RulesGone, StoreError
from inspector.recipe.settings import Recipe
from inspector.release.document import MODEL_FOLDER
from inspector.station.judge import Judge
from inspector.station.releases import FOLDER as RELEASES
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import Fields, items, text

log = logging.getLogger(__name__)

MODELS_FOLDER = "models"


@dataclass(frozen=True, slots=True)
class ReplayRules:
    """What judged a part, loaded again.

    Attributes:
        judge: The station's own judge.
        package: The model package.
        backend: The runtime that the shift was opened with.
        reads_serial: Cameras on whose pictures the recipe reads serials; None: on all.
    """

    judge: Judge
    package: ModelPackage
    backend: str
    reads_serial: str | None


class RuleFinder:
    """Finds and loads model packages and recipes, each pair once.

    Args:
        station: Station directory, or a copy.
        packages: Folders of model packages, beside those of the station: the one in its settings, its neighbours, and
            those in `models/`, and those of releases.
        threads: Inference threads.
    """

    def __init__(self, station: Path, packages: Sequence[Path] = (), threads: int = 2) -> None:
        self._station = station
        self._given = tuple(packages)
        self._threads = threads
        self._loaded: dict[tuple[str, str, str, str], ReplayRules] = {}

    def find(self, part: Fields, opening: Fields | None) -> ReplayRules:
        """Load what judged a part.

        Args:
            part: Its record.
            opening: The opening of its shift, which names runtime and cameras; None where no shift was open.

        Raises:
            RulesGone: The package, the recipe or the runtime is not here, or does not have its hash.
            EvidenceError: A record is damaged.
        """
        if part.get("model_digest") is None or part.get("recipe_digest") is None or opening is None:
            raise RulesGone("the record names no model and recipe: nothing judged this part")
        backend, camera = text(opening, "model", "backend"), text(items(opening, "cameras")[0], "name")
        key = (text(part, "model_digest"), text(part, "recipe_digest"), backend, camera)
        if key not in self._loaded:
            self._loaded[key] = self._load(*key)
        return self._loaded[key]

    def _load(self, model: str, recipe_digest: str, backend: str, first_camera: str) -> ReplayRules:
        recipe, package = self._recipe(recipe_digest), self._package(model)
        reads = recipe.serial.camera or first_camera
        for known in get_args(Backend):
            if known == backend:
                try:
                    detector = Detector(package, known, threads=self._threads)
                    detector.warm_up()
                except ModelRefused as error:
                    raise RulesGone(f"the runtime {backend} does not load the model: {error.message}") from error
                return ReplayRules(Judge(detector, recipe, reads), package, backend, reads)
        raise RulesGone(f"this version has no runtime {backend}")

    def _recipe(self, digest: str) -> Recipe:
        try:
            return Recipe.from_toml(DocumentStore(self._station).get(digest), f"recipe {digest[:8]}")
        except (StoreError, EvidenceError) as error:
            raise RulesGone(f"the recipe is not among the documents of the station: {error.message}") from error
        except RecipeError as error:
            raise RulesGone(f"this version cannot read the recipe: {error.message}") from error

    def _package(self, digest: str) -> ModelPackage:
        changed: ModelRefused | None = None
        for folder in self._folders():
            if _names(folder) == digest:
                try:
                    return ModelPackage.load(folder)
                except ModelRefused as error:
                    changed = error  # the same package may lie elsewhere, undamaged
        if changed is not None:
            raise RulesGone(f"the model package was changed: {changed.message}") from changed
        raise RulesGone(f"the model package {digest} is not on this computer any more: name its folder with --package")

    def _folders(self) -> list[Path]:
        places, folders = [self._station / MODELS_FOLDER], list(self._given)
        try:
            configured = [self._station / one.package for one in products(load_config(self._station)).values()]
        except ConfigError as error:
            log.info("model packages are looked for in %s only: %s", places[0], error)  # a copy needs no settings
        else:
            places += dict.fromkeys(folder.parent for folder in configured)
            folders += configured
        folders += [folder for place in places if place.is_dir() for folder in sorted(place.iterdir())]
        return folders + [release / MODEL_FOLDER for release in sorted((self._station / RELEASES).glob("*"))]


def _names(folder: Path) -> str | None:
    """The digest that the manifest in a folder claims; whether rightly is seen when it is loaded."""
    try:
        manifest: object = json.loads((folder / MANIFEST_NAME).read_bytes())
    except (OSError, ValueError):
        return None
    return str(manifest.get("digest")) if isinstance(manifest, dict) else None
