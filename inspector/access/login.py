# SPDX-License-Identifier: AGPL-3.0-or-later
"""Is this person who they say they are? Passwords, badges with PIN, and the brake on guessing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from inspector.access.hashing import NOBODY, matches
from inspector.access.users import User, UserStore
from inspector.clock import Clock

Method = Literal["password", "badge+pin"]
PASSWORD: Method = "password"  # noqa: S105 - the name of a method
BADGE: Method = "badge+pin"
LONGEST_PERSON = 64
_UNKNOWN = ""
"""All ids and badges that do not exist share one account of failures, so that it cannot grow."""


@dataclass(frozen=True)
class Proof:
    """What somebody shows: a staff id with its password, or the number of a badge with its PIN."""

    person: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Attempt:
    """What came of it.

    Attributes:
        user: Whom the id or badge belongs to; None if to nobody.
        result: "ok", "failed", or "locked": not even looked at.
        method: What was shown.
        failures: How many in a row there are now.
        locked_now: This very failure has locked the account.
    """

    user: User | None
    result: Literal["ok", "failed", "locked"]
    method: Method
    failures: int = 0
    locked_now: bool = False


class LoginDesk:
    """Checks one attempt after the other; used by one thread.

    After `lock_after` failures in a row an account is locked for `lock_min` minutes, whatever is shown then. The number
    of failures lies in the file of the users: a restart does not shorten a lock, it begins it anew. Time is the
    monotonic clock: who sets the wall clock wins nothing.

    Args:
        store: The users.
        clock: Time.
        lock_after: Failures in a row.
        lock_min: Minutes.
    """

    def __init__(self, store: UserStore, clock: Clock, lock_after: int, lock_min: int) -> None:
        self._store = store
        self._clock = clock
        self._lock_after = lock_after
        self._lock_ns = lock_min * 60_000_000_000
        now_ns = clock.monotonic_ns()
        self._locked: dict[str, int] = {
            one.user: now_ns + self._lock_ns for one in store.all() if one.failures >= lock_after
        }
        self._unknown_failures = 0

    def attempt(self, proof: Proof) -> Attempt:
        """Check what somebody shows; it takes as long for somebody unknown.

        Raises:
            ConfigError: The file of the users cannot be written.
        """
        named, owner = self._store.get(proof.person), self._store.by_badge(proof.person)
        user = named or owner
        method: Method = BADGE if named is None and owner is not None else PASSWORD
        account = _UNKNOWN if user is None else user.user
        return self._check(user, account, method, proof.secret)

    def confirm(self, person: str, method: str, secret: str) -> Attempt:
        """Somebody who is logged in shows the secret once more, as at log-in. Raises as `attempt`."""
        return self._check(self._store.get(person), person, BADGE if method == BADGE else PASSWORD, secret)

    def _check(self, user: User | None, account: str, method: Method, secret: str) -> Attempt:
        if self.locked(account):
            return Attempt(user, "locked", method, self._failures(account))
        stored = NOBODY if user is None else (user.pin if method == BADGE else user.password)
        right = matches(stored or NOBODY, secret)
        if right and user is not None and not user.disabled:
            self._store.forgive(user.user)
            return Attempt(self._store.must(user.user), "ok", method)
        return self._failed(user, account, method)

    def locked(self, account: str) -> bool:
        """Whether an account is locked now; one whose time is over gets one row of attempts again."""
        until_ns = self._locked.get(account)
        if until_ns is None:
            return False
        if self._clock.monotonic_ns() < until_ns:
            return True
        del self._locked[account]
        if account == _UNKNOWN:
            self._unknown_failures = 0
        elif self._store.get(account) is not None:
            self._store.forgive(account)
        return False

    def release(self, account: str) -> None:
        """A new password or PIN ends the lock of an account."""
        self._locked.pop(account, None)

    def any_locked(self) -> bool:
        """Whether any account is locked now; from any thread."""
        now_ns = self._clock.monotonic_ns()
        return any(now_ns < until_ns for until_ns in list(self._locked.values()))

    def _failures(self, account: str) -> int:
        user = self._store.get(account)
        return self._unknown_failures if user is None else user.failures

    def _failed(self, user: User | None, account: str, method: Method) -> Attempt:
        if user is None:
            account = _UNKNOWN
            self._unknown_failures += 1
            failures = self._unknown_failures
        else:
            failures = self._store.count_failure(account)
        locked_now = failures >= self._lock_after
        if locked_now:
            self._locked[account] = self._clock.monotonic_ns() + self._lock_ns
        return Attempt(user, "failed", method, failures, locked_now)
