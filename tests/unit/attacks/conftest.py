# SPDX-License-Identifier: AGPL-3.0-or-later
"""The attack kit, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assets.attacks.build import write_kit


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one bundle and one policy per attack."""
    folder = tmp_path_factory.mktemp("attacks")
    write_kit(folder)
    return folder
