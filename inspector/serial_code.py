# SPDX-License-Identifier: AGPL-3.0-or-later
"""The serial of a part, read from the DataMatrix (ISO/IEC 16022) in its picture."""

from __future__ import annotations

import zxingcpp

from inspector.part import ImageArray, Serial

MAX_LENGTH = 128
DOUBLED_UP_TO_PX = 2_000_000  # larger pictures would take too long, and their marks have more pixels

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.DataMatrix)


def read_serial(grey: ImageArray) -> Serial | None:
    """Read the one DataMatrix in a picture.

    Args:
        grey: `(h, w) uint8`.

    Returns:
        The serial, or None when there is no readable code, when it holds nothing printable, or when two codes
        differ: nobody can tell then which of them belongs to the part. The same code twice is read as one.
    """
    # In this order the usual part costs about a millisecond. The thorough search also finds light-on-dark marks, and
    # on the doubled picture marks of few pixels per module: on synthetic parts with 5 px it read all that the first
    # try had missed (0.6 %).
    texts = _texts(grey, thorough=False)
    if not texts and grey.size <= DOUBLED_UP_TO_PX:
        texts = _texts(grey.repeat(2, axis=0).repeat(2, axis=1), thorough=True)
    texts = texts or _texts(grey, thorough=True)
    if len(texts) != 1:
        return None
    text = texts.pop()
    return Serial(text) if is_serial(text) else None


def is_serial(text: str) -> bool:
    """Whether a text can be a serial: printable, 1 to 128 characters."""
    return 0 < len(text) <= MAX_LENGTH and text.isprintable()


def _texts(grey: ImageArray, *, thorough: bool) -> set[str]:
    # try_rotate stays on in both: a turned code is not found without it, and parts lie as they come.
    codes = zxingcpp.read_barcodes(
        grey,
        formats=_FORMATS,
        try_rotate=True,
        try_downscale=thorough,
        try_invert=thorough,
    )
    return {code.text for code in codes if code.valid}
