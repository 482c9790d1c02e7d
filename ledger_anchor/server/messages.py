# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stations and the log server say to each other (docs/formats.md, section 6): JSON, strict on both sides."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from inspector.errors import FormatInvalid, LedgerRefused
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.admission import read_entry
from ledger_anchor.log.directory import KIND, Submission

LONGEST_BODY = 1 << 20
MOST_DOCUMENTS = 256
_MOST_HASHES = 63


def _base64(text: str) -> str:
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    return text


Bytes = Annotated[str, AfterValidator(_base64)]
Hash = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$"), AfterValidator(_base64)]


class Message(BaseModel):
    """Base: a field that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(Message):
    """A document as the log stores it, and the proof from the last head of its shift."""

    leaf: Annotated[Bytes, Field(max_length=88_000)]
    consistency: Annotated[list[Hash], Field(max_length=_MOST_HASHES)] = []

    @classmethod
    def of(cls, submission: Submission) -> Entry:
        """From what the anchor has."""
        return cls(leaf=_text(submission.document.leaf), consistency=[_text(node) for node in submission.consistency])

    def submission(self) -> Submission:
        """What the log takes.

        Raises:
            FormatInvalid: The document is no seal, head or rotation.
        """
        document = read_entry(base64.b64decode(self.leaf))
        return Submission(document, tuple(base64.b64decode(node) for node in self.consistency))


class AddRequest(Message):
    """`POST /add`."""

    entries: Annotated[list[Entry], Field(min_length=1, max_length=MOST_DOCUMENTS)]


class Problem(Message):
    """Why not."""

    code: str
    message: str
    advice: str = ""

    @classmethod
    def of(cls, error: LedgerRefused | FormatInvalid) -> Problem:
        """From an error."""
        return cls(code=error.code, message=error.message, advice=error.advice)


class Added(Message):
    """For one document: its receipt, or the problem."""

    digest: str = ""
    index: Annotated[int, Field(ge=0)] = 0
    proof: str = ""
    problem: Problem | None = None

    @classmethod
    def of(cls, answer: Receipt | LedgerRefused | FormatInvalid) -> Added:
        """From the answer of the log."""
        if isinstance(answer, Receipt):
            return cls(digest=answer.digest, index=answer.index, proof=answer.proof)
        return cls(problem=Problem.of(answer))

    def receipt(self, origin: str) -> Receipt:
        """The receipt, unchecked."""
        return Receipt(self.digest, KIND, origin, self.index, self.proof)


class AddResponse(Message):
    """In the order of the request."""

    answers: list[Added]


class Progress(Message):
    """`GET /progress`: how far the station of the token has come.

    Attributes:
        station: Its name.
        head_count: Records that its last head since its last seal covers; 0 without one.
    """

    station: str
    head_count: int


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
