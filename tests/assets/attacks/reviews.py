# SPDX-License-Identifier: Apache-2.0
"""Reviews of parts that are none, or by people who were not there; all sealed in good order."""

from __future__ import annotations

from inspector.evidence import merkle
from tests.assets.attacks.history import History, Json
from tests.assets.attacks.table import attack, changed


def reviewed(**lies: object) -> bytes:
    """A review of the last part of a shift, by somebody who is logged in; the lies are fields of it."""

    def review(history: History) -> None:
        person: Json = {"person": "1" * 64, "result": "ok", "method": "password", "source": "api"}
        part = history.part("SN-R", "FAIL")
        seq = next(n for n, data in enumerate(history.records, 1) if merkle.leaf_hash(data).hex() == part)
        fields: Json = {"part": part, "record": seq, "finding": "agree", "class": None, "by": "1" * 64, "note": ""}
        fields |= {"role": "operator", "login": history.record("login", **person)} | lies
        history.record("review", **{name: said(seq) if callable(said) else said for name, said in fields.items()})

    return changed(steps={"before close": review})


def honest() -> bytes:
    """The same without a lie."""
    return reviewed()


@attack("REVIEW-01")
def review_of_a_part_that_never_was() -> bytes:
    """A review says which part it is of, and there is none with this hash."""
    return reviewed(part="e" * 64)


@attack("REVIEW-01")
def review_of_another_record() -> bytes:
    """A review names a part, and the number of the record before it."""
    return reviewed(record=lambda seq: seq - 1)


@attack("REVIEW-01")
def review_of_a_part_to_come() -> bytes:
    """A review names a record that comes after it."""
    return reviewed(record=lambda seq: seq + 100)


@attack("REVIEW-01")
def review_of_a_gap() -> bytes:
    """A review names a record that is no part."""

    def review(history: History) -> None:
        gap = history.record("state", state="ready", reasons=[])
        fields: Json = {"part": gap, "record": len(history.records), "finding": "not-a-defect", "class": None}
        history.record("review", **fields, by="1" * 64, role=None, login=None, note="")

    return changed(steps={"before close": review})


@attack("REVIEW-01")
def review_of_a_test_part() -> bytes:
    """A review names a challenge part, which is no production."""

    def review(history: History) -> None:
        part = history.part("CH-1", "FAIL", purpose="challenge", image="", outcome=False)
        fields: Json = {"part": part, "record": len(history.records), "finding": "not-a-defect", "class": None}
        history.record("review", **fields, by="1" * 64, role=None, login=None, note="")

    return changed(steps={"before close": review})


@attack("REVIEW-02")
def review_in_no_session() -> bytes:
    """A review names a session that never began."""
    return reviewed(login="e" * 64)


@attack("REVIEW-02")
def review_without_login() -> bytes:
    """A review by nobody who had logged in, at a station where people do."""
    return reviewed(login=None, role=None)


@attack("REVIEW-02")
def review_with_a_role_and_no_session() -> bytes:
    """A review of quality that no session stands behind."""
    return reviewed(login=None, role="qa")


@attack("REVIEW-02")
def review_in_a_session_without_a_role() -> bytes:
    """A review in a session, that does not say in which role."""
    return reviewed(role=None)
