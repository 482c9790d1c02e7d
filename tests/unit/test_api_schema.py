# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api against hostile and future input."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from inspector.api.client import _error_of
from inspector.api.command_schema import (
    BypassStart,
    BypassStop,
    ChallengeStart,
    Login,
    ShiftClose,
    ShiftOpen,
    StopReset,
)
from inspector.api.part_schema import PartEvent, Preview
from inspector.api.people_schema import UserAdd
from inspector.api.schema import EventMessage, Status
from inspector.errors import InspectorError, Refused, ShiftError
from tests.api_station import status_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_the_status_document_survives_a_round_trip_and_new_fields() -> None:
    status = Status.model_validate(status_document(added_later={"x": 1}))
    assert Status.model_validate_json(status.model_dump_json()) == status
    assert status.shift is not None and status.shift.lot == "L-2041"


def test_the_page_names_every_field_of_the_status_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    table = page.partition("### The status document")[2].partition("###")[0]
    named = [field for row in re.findall(r"^\| (`.+?) \|", table, re.M) for field in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(Status.model_fields)


@pytest.mark.parametrize("field", ["state", "ready", "simulated", "line", "key"])
def test_a_missing_field_is_an_error(field: str) -> None:
    document = status_document()
    del document[field]
    with pytest.raises(ValidationError):
        Status.model_validate(document)


@pytest.mark.parametrize(
    "body",
    [
        {"lot": "", "operator": "a"},
        {"lot": "   ", "operator": "a"},
        {"lot": "L" * 65, "operator": "a"},
        {"lot": "L\n1", "operator": "a"},
        {"lot": "L1", "operator": "a\x00"},
        {"lot": "L1", "operator": "a", "extra": 1},
    ],
)
def test_what_a_person_cannot_mean_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ShiftOpen.model_validate(body)


@pytest.mark.parametrize(
    "document",
    [
        Login(person="ada", secret="open sesame"),
        ShiftClose(operator="ada", secret="open sesame"),
        UserAdd(user="ada", role="qa", password="open sesame", badge="open sesame", pin="open sesame", why="new"),
    ],
)
def test_a_secret_is_not_in_what_shows_a_document(document: BaseModel) -> None:
    assert "ada" in repr(document)
    assert "sesame" not in repr(document) + str(document)


def test_text_is_trimmed() -> None:
    assert ShiftOpen(lot=" L1 ", operator="Åsa ").model_dump() == {
        "lot": "L1",
        "operator": "Åsa",
        "customer": "",
        "recipe": None,
    }


COMMANDS = [ShiftOpen, ShiftClose, ChallengeStart, StopReset, BypassStart, BypassStop]


@given(st.sampled_from([Status, PartEvent, Preview, EventMessage, *COMMANDS]), JSON)
def test_any_json_is_a_document_or_a_validation_error(model: type[BaseModel], document: object) -> None:
    try:
        model.model_validate(document)
    except ValidationError as error:
        assert error.error_count() > 0


def test_errors_keep_their_class_and_words() -> None:
    error = _error_of(b'{"code":"SHIFT","message":"a shift is open","advice":"close it"}', 409)
    assert isinstance(error, ShiftError)
    assert (error.message, error.advice) == ("a shift is open", "close it")


@given(st.binary(max_size=60))
def test_any_body_of_an_error_becomes_an_error_of_ours(body: bytes) -> None:
    assert isinstance(_error_of(body, 500), InspectorError)


def test_an_unknown_code_is_kept() -> None:
    error = _error_of(b'{"code":"NEW_ONE","message":"m"}', 409)
    assert isinstance(error, Refused)
    assert error.code == "NEW_ONE"
