# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions and commands of a client about released recipes."""

from __future__ import annotations

from abc import ABC, abstractmethod

from pydantic import BaseModel

from inspector.api.answers import command, parsed, query
from inspector.api.recipe_schema import RecipeChange, RecipeChanged, RecipeList

ANSWER_TIMEOUT_S = 20.0
CHANGE_TIMEOUT_S = 150.0
"""Longer than the api itself waits, so that its own words arrive."""


class RecipeCalls(ABC):
    """Part of `inspector.api.client.ApiClient`, which sends; what is raised stands there."""

    @abstractmethod
    def _request(self, method: str, path: str, command: BaseModel | None = None, timeout_s: float = 5.0) -> bytes:
        """Send a request; the body of its answer."""

    def recipes(self, code: str = "") -> RecipeList:
        """The released recipes, and which of them an order or product code means."""
        asked = query({"code": code or None})
        return parsed(RecipeList, self._request("GET", f"/v1/recipes?{asked}", None, ANSWER_TIMEOUT_S))

    def recipe_picture(self, product: str) -> bytes:
        """The picture of a product, PNG or JPEG. Raises NotFound if there is none."""
        return self._request("GET", f"/v1/recipes/{product}/picture", None, ANSWER_TIMEOUT_S)

    def change_recipe(
        self,
        product: str,
        *,
        digest: str | None = None,
        code: str = "",
        looked: bool = False,
        operator: str | None = None,
    ) -> RecipeChanged:
        """Change over to another recipe, while no shift is open; takes seconds.

        Args:
            product: Its name in the settings.
            digest: That of the recipe which the person was shown.
            code: The order or product code that was read.
            looked: Whether the person says that the product at the station is this one.
            operator: Staff id; None where somebody is logged in.

        Raises:
            Refused: A shift is open, quality has not approved it, or it does not load: what was in force stays so.
        """
        body = command(RecipeChange, product=product, digest=digest, code=code, looked=looked, operator=operator)
        return parsed(RecipeChanged, self._request("POST", "/v1/recipes/change", body, CHANGE_TIMEOUT_S))
