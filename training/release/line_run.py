# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shadow run of a candidate beside the released model, on the parts of the line: its figures for the gate."""

from __future__ import annotations

from pathlib import Path

from inspector.errors import ConfigError
from training.release.figures import LineRun
from training.release.judging import Contender
from training.shadow.result import Rules, ShadowResult, read_shadow

SHADOW_FILE = "shadow.json"


def read_line_run(path: Path, candidate: Contender, released: Contender | None) -> tuple[LineRun, bytes]:
    """The figures of a shadow run, and its file as the release keeps it.

    Args:
        path: What `inspector release shadow --output` wrote.
        candidate: What is to be released.
        released: What is released; None: this is the first release.

    Raises:
        ShadowRefused: It cannot be read, or contradicts itself.
        ConfigError: It is of another candidate, or beside something else than what is released.
    """
    found = read_shadow(path)
    if not _is(found.candidate, candidate):
        raise ConfigError(f"{path} is the shadow run of another model or recipe", "Check --shadow")
    if released is not None and not _is(found.released, released):
        raise ConfigError(f"{path} was made beside something else than what is released", "Check --shadow, --against")
    return figures_of(found), found.encode()


def figures_of(found: ShadowResult) -> LineRun:
    """What the rules are held against."""
    return LineRun(
        compared=found.compared,
        let_through=found.only_released_rejects,
        rejected=found.only_candidate_rejects,
        failed=found.candidate_errors,
        people_against=found.reviewed.released,
        people_for=found.reviewed.candidate,
    )


def _is(rules: Rules, contender: Contender) -> bool:
    return (rules.model, rules.recipe) == (contender.package.digest, contender.recipe.digest)
