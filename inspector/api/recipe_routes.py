# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints of released recipes."""

from __future__ import annotations

from pathlib import Path as Folder
from typing import Annotated

from fastapi import FastAPI, Path, Query, Response

from inspector.api.commands import OPEN_WITHIN_S, Session, checked, operator
from inspector.api.history import History
from inspector.api.link import StationLink
from inspector.api.recipe_schema import Code, ProductName, RecipeChange, RecipeChanged, RecipeList
from inspector.config import load_config, products
from inspector.errors import NotFound

CHANGE_WITHIN_S = 120.0
"""A model is read, checked, compiled for this computer, and runs a few times."""
LARGEST_PICTURE = 8 << 20
TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
PICTURES: dict[int | str, dict[str, object]] = {200: {"content": {media: {} for media in TYPES.values()}}}


def add_recipes(app: FastAPI, link: StationLink, history: History) -> None:
    """Add them.

    Args:
        app: The application.
        link: Asks the station.
        history: Knows the station directory.
    """

    @app.get("/v1/recipes")
    async def recipes(code: Annotated[Code, Query()] = "") -> RecipeList:
        """The released recipes, the one in force, and which of them an order or product code means."""
        return checked(RecipeList.model_validate, await link.call("recipe-list", {"code": code}, "api", OPEN_WITHIN_S))

    @app.get("/v1/recipes/{product}/picture", response_class=Response, responses=PICTURES)
    def picture(product: Annotated[ProductName, Path()]) -> Response:
        """The picture of a product that lies beside its recipe."""
        data, media = picture_of(history.station, product)
        return Response(data, media_type=media)

    @app.post("/v1/recipes/change")
    async def change(body: RecipeChange, session: Session = "") -> RecipeChanged:
        """Change over to another recipe and its model, while no shift is open; answered when it is in force."""
        arguments: dict[str, object] = {
            "product": body.product,
            "digest": body.digest or "",
            "code": body.code,
            "looked": body.looked,
            **operator(body.operator),
        }
        answer = await link.call("recipe-change", arguments, body.operator or "", CHANGE_WITHIN_S, session)
        return checked(RecipeChanged.model_validate, answer)


def picture_of(station: Folder, product: str) -> tuple[bytes, str]:
    """A product's picture, and what kind of image it is.

    Raises:
        NotFound: There is no such product or picture, or the file is neither PNG nor JPEG.
        ConfigError: The settings cannot be read.
    """
    known = products(load_config(station)).get(product)
    if known is None or not known.picture:
        raise NotFound(f"there is no picture of {product}", "Name one in [recipes] of station.toml")
    try:
        with (station / known.picture).open("rb") as stream:
            data = stream.read(LARGEST_PICTURE + 1)
    except OSError as error:
        raise NotFound(f"the picture of {product} cannot be read: {error.strerror}", "Check its path") from error
    media = next((kind for start, kind in TYPES.items() if data.startswith(start)), None)
    if media is None or len(data) > LARGEST_PICTURE:
        raise NotFound(f"the picture of {product} is no PNG or JPEG of at most 8 MiB", "Give another file")
    return data, media
