# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rules of the gate, from a TOML file that is written before anybody looks at the test set."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inspector.config import explain
from inspector.errors import ConfigError

MAX_BYTES = 64 * 1024
_ADVICE = "`inspector release rules --out FILE` writes one with comments; see docs/qa-engineer.md, Release a model"

_Bound = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
_Number = Annotated[int, Field(ge=0, le=1_000_000)]
_Class = Annotated[str, Field(min_length=1, max_length=64)]
By = Literal["part", "picture"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Limit(_Strict):
    """How high a rate may be.

    Attributes:
        max_upper: The 95 % bound of the rate, 0..1; 1: whatever it is.
        min_parts: So many parts at least; as many as `max_upper` needs are needed in any case.
    """

    max_upper: _Bound = 0.05
    min_parts: _Number = 0


class ClassLimit(_Strict):
    """The same of the bad parts that show one class."""

    max_upper: _Bound = 0.5
    min_parts: _Number = 0


class Misses(Limit):
    """Bad parts that pass.

    Attributes:
        each_class: Of the parts with a class, for every class that has nothing of its own.
        classes: What is different for single classes.
    """

    each_class: ClassLimit = ClassLimit()
    classes: Annotated[dict[_Class, ClassLimit], Field(max_length=1000)] = Field(default_factory=dict)

    def of(self, class_name: str) -> ClassLimit:
        """The limit of a class."""
        return self.classes.get(class_name, self.each_class)


class Against(_Strict):
    """Beside the released model, on the same parts.

    Attributes:
        max_new_misses: So many parts may pass that the released model holds.
        significance: A class is worse if chance alone would show so much less often than this (exact McNemar test).
    """

    max_new_misses: _Number = 0
    significance: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.05


class TestSet(_Strict):
    """The locked test set; it may be used `max_uses` times."""

    __test__ = False  # it is none of pytest's

    max_uses: Annotated[int, Field(ge=1, le=1_000_000)] = 10


class Line(_Strict):
    """A shadow run beside the released model, on the parts of the line.

    Attributes:
        required: Whether there has to be one.
        min_compared: If there is one: so many parts at least that both have judged.
        max_against: On so many reviewed parts people may hold with the released model against the candidate.
    """

    required: bool = False
    min_compared: _Number = 500
    max_against: _Number = 0


class Time(_Strict):
    """Judging on the machine at hand; `max_p99_ms` limits the 99th percentile, None: it is told only."""

    max_p99_ms: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None


class GateRules(_Strict):
    """The whole file.

    Attributes:
        format: Its format.
        count_by: What is counted: `part`, that is all pictures of a part together, or `picture`.
        misses: Bad parts that pass. false_rejects: Good parts that do not.
        against: Beside the released model.
        test_set: How often it may be used.
        shadow: What a shadow run may say.
        time: How long judging may take.
    """

    format: Literal["inspector-gate/1"]
    count_by: By = "part"
    misses: Misses = Misses()
    false_rejects: Limit = Limit()
    against: Against = Against()
    test_set: TestSet = TestSet()
    shadow: Line = Line()
    time: Time = Time()


@dataclass(frozen=True)
class RulesFile:
    """Rules and the exact bytes that say them.

    Attributes:
        rules: What they say.
        data: The bytes of the file.
    """

    rules: GateRules
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, hex."""
        return hashlib.sha256(self.data).hexdigest()


def parse_rules(data: bytes, origin: str) -> RulesFile:
    """Read a file that anybody may have written; `origin` names it in errors.

    Raises:
        ConfigError: It is too large, no TOML, or has a key that is unknown, missing or out of range.
    """
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{origin} is larger than {MAX_BYTES} bytes", _ADVICE)
    try:
        return RulesFile(GateRules.model_validate(tomllib.loads(data.decode("utf-8"))), data)
    except ValidationError as error:
        raise ConfigError(f"{origin}: {explain(error)}", _ADVICE) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{origin} is no valid TOML: {error}", "Correct the file") from error


def read_rules(path: Path) -> RulesFile:
    """Read the file of rules.

    Raises:
        ConfigError: It cannot be read, or as for `parse_rules`.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", _ADVICE) from error
    return parse_rules(data, str(path))


def default_rules(by: By = "part") -> RulesFile:
    """The rules that hold where nobody wrote others, with comments."""
    text = files("training.release").joinpath("gate.toml").read_text(encoding="utf-8")
    return parse_rules(text.replace('count_by = "part"', f'count_by = "{by}"').encode("utf-8"), "gate.toml")
