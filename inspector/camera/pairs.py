# SPDX-License-Identifier: AGPL-3.0-or-later
"""What pairing says about triggers and frames."""

from __future__ import annotations

from dataclasses import dataclass

from inspector.camera.frame import FrameMeta
from inspector.part import Trigger


@dataclass(frozen=True, slots=True)
class Paired:
    """This frame shows this part."""

    trigger: Trigger
    frame: FrameMeta


@dataclass(frozen=True, slots=True)
class MissingImage:
    """No frame came for this part; verdict MISSING_IMAGE."""

    trigger: Trigger
    reason: str


@dataclass(frozen=True, slots=True)
class Untracked:
    """Nobody can say which frame shows this part; verdict UNTRACKED."""

    trigger: Trigger
    reason: str


@dataclass(frozen=True, slots=True)
class Orphan:
    """A frame that shows no part we know; its slot can be released."""

    frame: FrameMeta
    reason: str


Result = Paired | MissingImage | Untracked | Orphan
