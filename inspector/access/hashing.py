# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hashes of passwords, PINs and badges, and which of them are taken. The only module that imports argon2.

Argon2id (RFC 9106) with 19 MiB, two passes and one lane, which OWASP's Password Storage Cheat Sheet calls equal in
strength to its larger choices: about 30 ms on one core, so that a log-in takes no time from the parts on the belt.
"""

from __future__ import annotations

import itertools
import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

from inspector.errors import ConfigError

MEMORY_KIB, PASSES, LANES, HASH_BYTES, SALT_BYTES = 19_456, 2, 1, 32, 16
LONGEST = 200
PIN = re.compile(r"[0-9]{6,12}")
BADGE = re.compile(r"[\x21-\x7e]{4,64}")
FREQUENT = frozenset(
    "password passwort 1234567890 0123456789 qwertyuiop qwertzuiop letmein123 inspector inspection operator".split()
)
"""What is tried first; shorter ones are refused by their length."""
_HASHER = PasswordHasher(
    time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, hash_len=HASH_BYTES, salt_len=SALT_BYTES, type=Type.ID
)


def check_password(password: str, user: str, least: int) -> None:
    """Refuse a password that will not do. Length counts, not its mixture of characters (NIST SP 800-63B, 5.1.1).

    Raises:
        ConfigError: It is too short or too long, holds the user's id, or is one that everybody tries first.
    """
    if not least <= len(password) <= LONGEST:
        raise ConfigError(
            f"the password has {len(password)} characters, not {least} to {LONGEST}", "A sentence is easy to keep"
        )
    plain = password.casefold()
    if user.casefold() in plain or len(set(plain)) < 4 or any(word in plain for word in FREQUENT):
        raise ConfigError("the password is easy to guess", "Choose one without your staff id and without usual words")


def check_pin(pin: str) -> None:
    """Refuse a PIN that will not do.

    Raises:
        ConfigError: It is not 6 to 12 digits, or all of them are equal or go up or down by one.
    """
    if not PIN.fullmatch(pin):
        raise ConfigError("the PIN is not 6 to 12 digits", "Choose another")
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        raise ConfigError("the PIN is easy to guess", "Choose digits that do not run")


def check_badge(badge: str) -> None:
    """Refuse what no reader sends.

    Raises:
        ConfigError: It is not 4 to 64 characters without spaces.
    """
    if not BADGE.fullmatch(badge):
        raise ConfigError("the badge number is not 4 to 64 ASCII characters without spaces", "Read the badge again")


def hashed(secret: str) -> str:
    """An argon2id hash with a salt of its own, in the text form that names its parameters."""
    return _HASHER.hash(secret.encode())


NOBODY = hashed("nobody has this password")
"""Compared with when there is no such person, so that the answer takes as long."""


def matches(stored: str, secret: str) -> bool:
    """Whether `secret` is what was hashed; a damaged hash matches nothing."""
    try:
        return _HASHER.verify(stored, secret[: LONGEST + 1].encode())
    except (VerificationError, InvalidHashError):
        return False


def badge_tag(badge: str, salt: bytes) -> str:
    """What a badge is found by, 64 hex digits: slow, with one salt for all badges of the station.

    Badge numbers are short, so that a fast hash of them would be as good as the numbers themselves.
    """
    tag = hash_secret_raw(
        badge[: LONGEST + 1].encode(),
        salt,
        time_cost=PASSES,
        memory_cost=MEMORY_KIB,
        parallelism=LANES,
        hash_len=HASH_BYTES,
        type=Type.ID,
    )
    return tag.hex()
