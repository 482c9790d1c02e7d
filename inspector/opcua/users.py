# SPDX-License-Identifier: AGPL-3.0-or-later
"""Users of the OPC UA server: `opcua/users.toml`, with scrypt hashes of their passwords; and the brake on guessing."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inspector.config import explain, read_toml
from inspector.durable import make_directory, write_durable
from inspector.errors import ConfigError
from inspector.opcua.nodes import Right
from inspector.opcua.sparing import SparingLog
from inspector.private import check_private

log = logging.getLogger(__name__)
sparing = SparingLog(log)

USERS_FILE = Path("opcua") / "users.toml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PASSWORD_BYTES = (10, 200)
USERS_AT_MOST = 100
TRIES = 5
LOCKED_S = 30.0
_N, _R, _P, _SIZE = 2**14, 8, 1, 32
_MEMORY = 64 * 1024 * 1024
_HEX = r"^[0-9a-f]{64}$"


class _Stored(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    role: Right = Field(strict=False)
    salt: Annotated[str, Field(pattern=_HEX)]
    scrypt: Annotated[str, Field(pattern=_HEX)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    users: Annotated[dict[Annotated[str, Field(pattern=f"^{NAME.pattern}$")], _Stored], Field(max_length=USERS_AT_MOST)]


@dataclass(frozen=True)
class NewUser:
    """A user to add: name, role and password."""

    name: str
    role: Right
    password: str


def read_users(station: Path) -> dict[str, Right]:
    """Names and roles.

    Raises:
        ConfigError: The file is damaged, or others can read it.
    """
    return {name: stored.role for name, stored in _read(station).items()}


def add_user(station: Path, user: NewUser) -> bool:
    """Add a user, or give one another role and password.

    Returns:
        Whether the name was there before.

    Raises:
        ConfigError: Name or password will not do, or the file cannot be read or written.
    """
    if not NAME.fullmatch(user.name):
        raise ConfigError(f"'{user.name}' is no name of a user", "Use letters, digits, '.', '_' and '-', at most 64")
    size = len(user.password.encode())
    if not PASSWORD_BYTES[0] <= size <= PASSWORD_BYTES[1]:
        raise ConfigError(
            f"the password has {size} bytes, not {PASSWORD_BYTES[0]} to {PASSWORD_BYTES[1]}", "Choose another"
        )
    users = _read(station)
    known = user.name in users
    salt = os.urandom(32)
    users[user.name] = _Stored(role=user.role, salt=salt.hex(), scrypt=_hash(user.password, salt).hex())
    _write(station, users)
    return known


def remove_user(station: Path, name: str) -> None:
    """Remove a user; sessions that are open stay so until they end.

    Raises:
        ConfigError: There is none of that name, or the file cannot be read or written.
    """
    users = _read(station)
    if users.pop(name, None) is None:
        raise ConfigError(f"there is no user '{name}'", "See `inspector opcua status`")
    _write(station, users)


class Logins:
    """Looks at names and passwords. After five wrong ones in a row a name is refused unseen for 30 seconds.

    Args:
        station: Station directory.
        now_s: A clock that never goes back.
        told: Hears of each attempt: name, and "ok", "failed" or "locked".
    """

    def __init__(
        self, station: Path, now_s: Callable[[], float], told: Callable[[str, str], None] = lambda _name, _result: None
    ) -> None:
        self._told = told
        self._station = station
        self._now_s = now_s
        self._failures: dict[str, tuple[int, float]] = {}

    def right_of(self, name: str, password: str) -> Right | None:
        """The right of a user, None when name or password is wrong, or there were too many wrong ones."""
        try:
            users = _read(self._station)
        except ConfigError as error:
            log.error("nobody can log in: %s", error)
            return None
        # All names that do not exist share one account of failures, so that it cannot grow.
        account = name if name in users else ""
        count, since_s = self._failures.get(account, (0, 0.0))
        if count >= TRIES and self._now_s() - since_s < LOCKED_S:
            sparing.warning("login of %.64r refused: too many wrong passwords", name)
            self._told(name, "locked")
            return None
        if _matches(users.get(name), password):
            self._failures.pop(account, None)
            self._told(name, "ok")
            return users[name].role
        self._failures[account] = (count + 1 if count < TRIES else 1, self._now_s())
        sparing.warning("login of %.64r refused: wrong name or password", name)
        self._told(name, "failed")
        return None


def _matches(stored: _Stored | None, password: str) -> bool:
    """An unknown name takes as long as a known one."""
    salt = bytes(32) if stored is None else bytes.fromhex(stored.salt)
    given = _hash(password[: PASSWORD_BYTES[1] + 1], salt)
    return stored is not None and hmac.compare_digest(given, bytes.fromhex(stored.scrypt))


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, dklen=_SIZE, maxmem=_MEMORY)


def _read(station: Path) -> dict[str, _Stored]:
    path = station / USERS_FILE
    if not path.exists():
        return {}
    check_private(path)
    try:
        return dict(_File.model_validate(read_toml(path, "users")).users)
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error)}", "Remove the user and add it again") from error


def _write(station: Path, users: dict[str, _Stored]) -> None:
    lines = ["# Users of the OPC UA server; `inspector opcua user add` writes this. The hashes are scrypt, RFC 7914."]
    for name, stored in sorted(users.items()):
        lines += [f"[users.{json.dumps(name)}]", f'role = "{stored.role.value}"']
        lines += [f'salt = "{stored.salt}"', f'scrypt = "{stored.scrypt}"', ""]
    if not users:
        lines.append("[users]")
    path = station / USERS_FILE
    try:
        make_directory(path.parent)
        write_durable(path, ("\n".join(lines) + "\n").encode(), mode=0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", "Check owner and disk") from error
