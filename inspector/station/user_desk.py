# SPDX-License-Identifier: AGPL-3.0-or-later
"""Adds, changes and erases users: each change is a record before it is true."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from inspector.access import NewUser, Role, User, UserStore
from inspector.errors import ConfigError, RoleRefused
from inspector.evidence.keys import commit
from inspector.evidence.record import clean_text
from inspector.store.writer import RecordWriter

Users = dict[str, User]


class UserDesk:
    """Used by one thread: that of the station's desk, or a command that holds the station's lock.

    If the machine stops between record and file, the digest in the record is not that of the file, and the next start
    of the station says so in a change record.

    Args:
        store: The users.
        writer: The record writer.
    """

    def __init__(self, store: UserStore, writer: RecordWriter) -> None:
        self._store = store
        self._writer = writer
        self._actions: Mapping[str, Callable[[Mapping[str, str], str | None], dict[str, object]]] = {
            "user-add": self._add,
            "user-role": self._role,
            "user-disable": self._disable,
            "user-password": self._password,
            "user-badge": self._badge,
            "user-erase": self._erase,
            "password": self._own_password,
        }

    def carry_out(self, command: str, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        """Carry out one of the user commands.

        Args:
            command: "user-add", "user-role" ...
            texts: Its arguments: user, name, role, password, badge, pin, why.
            by: Staff id of who asks; None for the first admin.

        Returns:
            What was done, for the answer.

        Raises:
            ConfigError: It cannot be done: no such user, or password, badge or PIN will not do.
            RoleRefused: A rule that separates duties is against it.
            StoreError: It cannot be recorded; nothing has changed then.
        """
        if command != "password" and not texts.get("why", "").strip():
            raise ConfigError("a change of users needs a reason", "Say why")
        return self._actions[command](texts, by)

    def list(self) -> dict[str, object]:
        """Everybody, without any secret."""
        return {
            "users": [
                {
                    "user": one.user,
                    "name": one.name,
                    "role": one.role.value,
                    "badge": one.badge is not None,
                    "disabled": one.disabled,
                    "failures": one.failures,
                }
                for one in self._store.all()
            ]
        }

    def _add(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        role = _role(texts)
        if by is None and role is not Role.ADMIN:
            raise ConfigError("the first user has to be an admin", "Give it --role admin; then it adds the others")
        new = NewUser(texts["user"], texts["name"], role, texts["password"], texts["badge"], texts["pin"])
        users = self._store.adding(new)
        self._change(new.user, "added", None, role.value, by, texts["why"], users)
        return {"user": new.user, "role": role.value}

    def _role(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        user, role = self._other(texts, by), _role(texts)
        self._keep_an_admin(user.user, gone=role is not Role.ADMIN)
        users = self._store.changing(user.user, lambda one: one.model_copy(update={"role": role}))
        self._change(user.user, "role", user.role.value, role.value, by, texts["why"], users)
        return {"user": user.user, "role": role.value}

    def _disable(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        user, off = self._other(texts, by), texts.get("enable") != "yes"
        self._keep_an_admin(user.user, gone=off)
        users = self._store.changing(user.user, lambda one: one.model_copy(update={"disabled": off}))
        self._change(user.user, "disabled" if off else "enabled", None, None, by, texts["why"], users)
        return {"user": user.user, "disabled": off}

    def _password(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        user = self._other(texts, by)
        users = self._store.with_password(user.user, texts["password"])
        self._change(user.user, "password", None, None, by, texts["why"], users)
        return {"user": user.user}

    def _own_password(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        """The person has shown the old one once more; nobody else needs to know the new one."""
        user = str(by)
        users = self._store.with_password(user, texts["password"])
        self._change(user, "password", None, None, by, "own password", users)
        return {"user": user}

    def _badge(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        user = self._other(texts, by)
        users = self._store.with_badge(user.user, texts["badge"], texts["pin"])
        self._change(user.user, "badge", None, None, by, texts["why"], users)
        return {"user": user.user, "badge": users[user.user].badge is not None}

    def _erase(self, texts: Mapping[str, str], by: str | None) -> dict[str, object]:
        """Erase a staff id, also one that was only ever typed: then no commitment leads to it any more."""
        user = texts["user"]
        if user == by:
            raise RoleRefused("nobody erases themselves", "Let another admin do it")
        known = self._store.get(user) is not None
        if known:
            self._keep_an_admin(user, gone=True)
        users = self._store.without(user) if known else {one.user: one for one in self._store.all()}
        erased = self._writer.erase_openings(user).result()
        if not known and not erased:
            raise ConfigError(f"nothing is known of '{user[:64]}'", "See `inspector user list`")
        nobody = commit(secrets.token_bytes(16), user)  # its salt is kept nowhere: it leads to nobody
        self._record(nobody, "erased", None, str(erased), by, texts["why"], users)
        return {"user": user, "erased": erased}

    def _other(self, texts: Mapping[str, str], by: str | None) -> User:
        user = self._store.must(texts["user"])
        if user.user == by:
            raise RoleRefused("nobody changes their own account", "Let another admin do it")
        return user

    def _keep_an_admin(self, user: str, *, gone: bool) -> None:
        if gone and self._store.admins() == [user]:
            raise RoleRefused("this is the only admin", "Add another one first")

    def _change(
        self, user: str, action: str, old: str | None, new: str | None, by: str | None, why: str, users: Users
    ) -> None:
        self._record(self._writer.commit_operator(user).result(), action, old, new, by, why, users)

    def _record(
        self, person: str, action: str, old: str | None, new: str | None, by: str | None, why: str, users: Users
    ) -> None:
        fields = {
            "user": person,
            "action": action,
            "old": old,
            "new": new,
            "by": None if by is None else self._writer.commit_operator(by).result(),
            "why": clean_text(why.strip()),
            "store": self._store.digest_of(users) or None,
        }
        self._writer.append("user-change", fields).result()
        self._store.commit(users)


def _role(texts: Mapping[str, str]) -> Role:
    try:
        return Role(texts["role"])
    except ValueError as error:
        raise ConfigError(f"there is no role '{texts['role'][:40]}'", f"Roles: {', '.join(Role)}") from error
