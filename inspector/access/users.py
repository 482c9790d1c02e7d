# SPDX-License-Identifier: AGPL-3.0-or-later
"""The users of a station: `access/users.json`, readable by its owner only. No record holds anything of it in clear.

There is one writer at a time: the station process, or a command that holds the station's lock while no station runs.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inspector.access.hashing import SALT_BYTES, badge_tag, check_badge, check_password, check_pin, hashed
from inspector.access.roles import Role
from inspector.config import explain
from inspector.durable import make_directory, write_durable
from inspector.errors import ConfigError
from inspector.private import check_private

USERS_FILE = Path("access") / "users.json"
USERS_AT_MOST = 500
LARGEST = 1_000_000
"""Bytes; five hundred users need less."""

UserId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
PrintedName = Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Argon2 = Annotated[str, Field(pattern=r"^\$argon2id\$[\x21-\x7e]{20,200}$")]
_Tag = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class User(BaseModel):
    """One person.

    Attributes:
        user: Staff id; stands behind the commitments in records.
        name: Printed name, for signatures; erasable.
        role: What the person may do.
        password: Hash.
        badge: What the badge is found by, if there is one.
        pin: Hash of the PIN that goes with the badge.
        disabled: May not log in any more.
        failures: Wrong passwords and PINs in a row.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    user: UserId
    name: PrintedName = ""
    role: Annotated[Role, Field(strict=False)]
    password: _Argon2
    badge: _Tag | None = None
    pin: _Argon2 | None = None
    disabled: bool = False
    failures: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _badge_with_pin(self) -> User:
        if (self.badge is None) != (self.pin is None):
            raise ValueError("a badge needs a PIN, and a PIN a badge")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1]
    badge_salt: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    users: Annotated[list[User], Field(max_length=USERS_AT_MOST)]


@dataclass(frozen=True)
class NewUser:
    """A person to add; `badge` and `pin` are empty, or both are given."""

    user: str
    name: str
    role: Role
    password: str
    badge: str = ""
    pin: str = ""


def parse_users(data: bytes) -> tuple[bytes, dict[str, User]]:
    """Salt of the badges, and users by id.

    Raises:
        ConfigError: These bytes are no such file.
    """
    advice = "Put back your copy of the file; without it `inspector user add` makes a new first admin"
    try:
        file = _File.model_validate_json(data)
    except ValidationError as error:
        raise ConfigError(f"the users cannot be read: {explain(error)}", advice) from error
    users = {one.user: one for one in file.users}
    badges = [one.badge for one in file.users if one.badge is not None]
    if len(users) != len(file.users) or len(set(badges)) != len(badges):
        raise ConfigError("the users cannot be read: two have one staff id or one badge", advice)
    return bytes.fromhex(file.badge_salt), users


class UserStore:
    """The users, in memory and in their file. Every change makes the new file durable before it counts.

    Args:
        station: Station directory.
        password_least: Characters that a new password needs.

    Raises:
        ConfigError: The file is damaged, or others can read it.
    """

    def __init__(self, station: Path, password_least: int = 10) -> None:
        self._path = station / USERS_FILE
        self._least = password_least
        self._salt, self._users = self._load()

    def _load(self) -> tuple[bytes, dict[str, User]]:
        if not self._path.exists():
            return os.urandom(SALT_BYTES), {}
        check_private(self._path)
        try:
            if self._path.stat().st_size > LARGEST:
                raise ConfigError(f"{self._path} is larger than {LARGEST} bytes", "It is not the file of the users")
            data = self._path.read_bytes()
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be read: {error.strerror}", "Check owner and disk") from error
        return parse_users(data)

    def __len__(self) -> int:
        return len(self._users)

    def all(self) -> list[User]:
        """Everybody, by id."""
        return [self._users[user] for user in sorted(self._users)]

    def get(self, user: str) -> User | None:
        """One person, or None."""
        return self._users.get(user)

    def must(self, user: str) -> User:
        """One person.

        Raises:
            ConfigError: There is none of this id.
        """
        found = self._users.get(user)
        if found is None:
            raise ConfigError(f"there is no user '{user[:64]}'", "See `inspector user list`")
        return found

    def by_badge(self, badge: str) -> User | None:
        """Whose badge this is; takes as long as any log-in."""
        tag = badge_tag(badge, self._salt)
        return next((one for one in self._users.values() if one.badge == tag), None)

    def admins(self) -> list[str]:
        """Ids of those who administer users and may log in."""
        return [one.user for one in self._users.values() if one.role is Role.ADMIN and not one.disabled]

    def digest(self) -> str:
        """Digest of all users as they are; see `digest_of`."""
        return self.digest_of(self._users)

    def digest_of(self, users: dict[str, User]) -> str:
        """SHA-256 over all that decides who may do what, hex; empty without users.

        The hashes in it have random salts: nobody can guess a name from this number.
        """
        if not users:
            return ""
        parts = [users[user].model_dump(mode="json", exclude={"failures"}) for user in sorted(users)]
        data = json.dumps([self._salt.hex(), parts], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(data.encode()).hexdigest()

    # Plans of changes: the caller records them before `commit` makes them true

    def adding(self, new: NewUser) -> dict[str, User]:
        """The users with one more.

        Raises:
            ConfigError: The id is taken or malformed, or password, badge or PIN will not do.
        """
        if new.user in self._users:
            raise ConfigError(f"there is a user '{new.user[:64]}' already", "Choose another id; ids are never reused")
        if len(self._users) >= USERS_AT_MOST:
            raise ConfigError(f"there are {USERS_AT_MOST} users", "Erase those who left")
        check_password(new.password, new.user, self._least)
        try:
            plain = User(user=new.user, name=new.name, role=new.role, password=hashed(new.password))
        except ValidationError as error:
            raise ConfigError(f"no such user: {explain(error)}", "Use letters, digits, '.', '_' and '-'") from error
        return {**self._users, plain.user: self._with_badge(plain, new.badge, new.pin)}

    def changing(self, user: str, change: Callable[[User], User]) -> dict[str, User]:
        """The users with one changed.

        Raises:
            ConfigError: There is none of this id.
        """
        return {**self._users, user: change(self.must(user))}

    def with_password(self, user: str, password: str) -> dict[str, User]:
        """The users, one of them with another password, and free to try again.

        Raises:
            ConfigError: There is none of this id, or the password will not do.
        """
        check_password(password, user, self._least)
        code = hashed(password)
        return self.changing(user, lambda one: one.model_copy(update={"password": code, "failures": 0}))

    def with_badge(self, user: str, badge: str, pin: str) -> dict[str, User]:
        """The users, one of them with another badge and PIN, or with none if both are empty.

        Raises:
            ConfigError: There is none of this id, the badge is another's, or badge or PIN will not do.
        """
        return self.changing(user, lambda one: self._with_badge(one, badge, pin))

    def without(self, user: str) -> dict[str, User]:
        """The users without one.

        Raises:
            ConfigError: There is none of this id.
        """
        self.must(user)
        return {name: one for name, one in self._users.items() if name != user}

    def _with_badge(self, one: User, badge: str, pin: str) -> User:
        if not badge and not pin:
            return one.model_copy(update={"badge": None, "pin": None})
        check_badge(badge)
        check_pin(pin)
        owner = self.by_badge(badge)
        if owner is not None and owner.user != one.user:
            raise ConfigError("this badge is another person's", "Take it from that person first")
        tag = badge_tag(badge, self._salt)
        return one.model_copy(update={"badge": tag, "pin": hashed(pin), "failures": 0})

    def commit(self, users: dict[str, User]) -> None:
        """Make these the users.

        Raises:
            ConfigError: The file cannot be written; the users stay as they are.
        """
        everybody = [users[user].model_dump(mode="json") for user in sorted(users)]
        document = {"v": 1, "badge_salt": self._salt.hex(), "users": everybody}
        try:
            make_directory(self._path.parent)
            write_durable(self._path, (json.dumps(document, indent=1) + "\n").encode(), mode=0o600)
        except OSError as error:
            raise ConfigError(f"{self._path} cannot be written: {error.strerror}", "Check owner and disk") from error
        self._users = users

    def count_failure(self, user: str) -> int:
        """One more wrong password in a row; returns how many there are now."""
        failures = self.must(user).failures + 1
        self.commit(self.changing(user, lambda one: one.model_copy(update={"failures": failures})))
        return failures

    def forgive(self, user: str) -> None:
        """A right password ends the row."""
        if self.must(user).failures:
            self.commit(self.changing(user, lambda one: one.model_copy(update={"failures": 0})))
