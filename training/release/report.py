# SPDX-License-Identifier: AGPL-3.0-or-later
"""`report.json` of a release: the figures that the rules were held against, and both evaluations in full."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from inspector.errors import ReleaseRefused
from inspector.evidence.bundle import LONGEST_DOCUMENT
from inspector.strict_json import parse_document
from training.evaluation.result import Evaluation
from training.release.figures import Figures
from training.release.judging import Judged

FORMAT = "inspector-release-report/1"
MAX_BYTES = LONGEST_DOCUMENT


class ReportFile(BaseModel):
    """The whole file.

    Attributes:
        format: Its format.
        figures: What the rules were held against.
        candidate: The evaluation of the candidate, as `inspector evaluate --json` tells one.
        released: That of the released model; None: there was none.
        differ: Parts on which one of both alone is wrong, by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    format: Literal["inspector-release-report/1"]
    figures: Figures
    candidate: dict[str, Any]
    released: dict[str, Any] | None
    differ: dict[str, list[str]]


def differing(judged: list[Judged]) -> dict[str, list[Judged]]:
    """Parts on which one of both alone is wrong, by how."""
    return {
        "missed_by_candidate_alone": [one for one in judged if one.bad and one.wrong == (True, False)],
        "missed_by_released_alone": [one for one in judged if one.bad and one.wrong == (False, True)],
        "rejected_by_candidate_alone": [one for one in judged if not one.bad and one.wrong == (True, False)],
        "rejected_by_released_alone": [one for one in judged if not one.bad and one.wrong == (False, True)],
    }


def encode_report(figures: Figures, candidate: Evaluation, released: Evaluation | None, judged: list[Judged]) -> bytes:
    """The bytes of the file."""
    plain = {
        "format": FORMAT,
        "figures": figures.model_dump(mode="json"),
        "candidate": candidate.as_json(),
        "released": None if released is None else released.as_json(),
        "differ": {how: [one.candidate.name for one in found] for how, found in differing(judged).items()},
    }
    return json.dumps(plain, indent=1, sort_keys=True, allow_nan=False).encode("ascii") + b"\n"


def parse_report(data: bytes, where: str) -> ReportFile:
    """Read a file that anybody may have written.

    Raises:
        ReleaseRefused: It is something else.
    """
    try:
        return parse_document(ReportFile, data, MAX_BYTES)
    except ValueError as error:
        raise ReleaseRefused(f"{where} is no report of a release: {error}", "Propose the release again") from error
