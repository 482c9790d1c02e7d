# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bytes of a fuzzer, read as a list of edits of good evidence, so that more than its outermost layer is reached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SCALAR = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9]+|true|false|null|\[\]')
EXTREMES = (
    b"0",
    b"1",
    b"-1",
    b"null",
    b"true",
    b"false",
    b'""',
    b"[]",
    b"{}",
    b"9007199254740991",
    b"9007199254740992",
    b"-9007199254740991",
    b"1e5",
    b"99999999999999999999",
    b'"' + b"0" * 64 + b'"',
    b'"' + b"f" * 64 + b'"',
    b'"\\u0000"',
    '"\u0301é"'.encode(),
    b'"challenge"',
    b'"BYPASSED"',
)


class Reader:
    """Takes numbers and bytes from the fuzzer's data; zeros when it is at its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether there is more."""
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        """The next bytes, fewer at the end."""
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def below(self, bound: int) -> int:
        """A number from 0 to `bound` - 1."""
        return int.from_bytes(self.take(2), "little") % max(bound, 1)


def scalars(pieces: Sequence[bytes]) -> list[bytes]:
    """Each JSON value without an inside that stands somewhere in the evidence, once, and extreme ones."""
    found: dict[bytes, None] = dict.fromkeys(EXTREMES)
    for piece in pieces:
        found.update(dict.fromkeys(_SCALAR.findall(piece)))
    return list(found)


def edited(pieces: Sequence[bytes], pool: Sequence[bytes], data: bytes) -> Iterator[tuple[int, bytes]]:
    """The pieces that edits change, with their place; the same piece may come more than once, changed further.

    An edit exchanges a JSON value for another, cuts bytes out and puts others in, repeats a piece, or empties it.

    Args:
        pieces: Good evidence: records, documents, files.
        pool: Values to put in (`scalars`).
        data: From the fuzzer.
    """
    reader = Reader(data)
    now = list(pieces)
    while reader.left:
        kind, at = reader.below(8), reader.below(len(now))
        piece = now[at]
        if kind < 5:
            places = list(_SCALAR.finditer(piece))
            if not places:
                continue
            place, new = places[reader.below(len(places))], pool[reader.below(len(pool))]
            piece = piece[: place.start()] + new + piece[place.end() :]
        elif kind < 7:
            start = reader.below(len(piece) + 1)
            end = start + reader.below(9)
            piece = piece[:start] + reader.take(reader.below(9)) + piece[end:]
        else:
            piece = (b"", piece * 2, now[reader.below(len(now))])[reader.below(3)]
        now[at] = piece
        yield at, piece
