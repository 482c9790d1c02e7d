# SPDX-License-Identifier: AGPL-3.0-or-later
"""These tests pull no plug: what they write need not survive one."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_syncing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.dataset.folder.sync_filesystem", lambda folder: None)
    monkeypatch.setattr("os.fsync", lambda descriptor: None)
