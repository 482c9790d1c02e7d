# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OpenAPI document of the api, as a running station serves it, without a station."""

from __future__ import annotations

import json
from typing import cast

from inspector.api.feed import Feed
from inspector.api.history import History
from inspector.api.job_routes import Workplace
from inspector.api.link import StationLink
from inspector.api.server import build_app


def openapi_text() -> str:
    """The document as JSON with sorted keys, so that two of them can be compared line by line."""
    # Only described, never called: no endpoint is entered, so what they would ask does not have to be there.
    app = build_app(cast(StationLink, None), Feed(), cast(History, None), cast(Workplace, None), 0.0)
    return json.dumps(app.openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
