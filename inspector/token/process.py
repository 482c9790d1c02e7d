# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m inspector.token.process`: holds the token, answers one JSON line for each that it reads.

A vendor's library runs in here: it may hang, crash, or hold Python's lock, and the station kills this process then. The
PIN comes by the pipe, never by the command line or the environment.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import TYPE_CHECKING, Any

from inspector.errors import EvidenceError, InspectorError, KeyLocked

if TYPE_CHECKING:
    from inspector.token.session import TokenSession


class Answers:
    """Carries out the commands."""

    def __init__(self) -> None:
        self._session: TokenSession | None = None

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to one line."""
        try:
            return {"ok": True, **self._do(json.loads(line))}
        except InspectorError as error:
            return {"ok": False, "code": error.code, "message": error.message, "advice": error.advice}

    def _do(self, command: dict[str, Any]) -> dict[str, Any]:
        what = command["do"]
        if what == "open":
            self._session = _opened(command)
            return {"keys": [key.hex() for key in self._session.public_keys()]}
        if self._session is None:
            raise EvidenceError("The token is not open")
        if what == "create":
            return {"key": self._session.create().hex()}
        key = bytes.fromhex(command["key"])
        if what == "destroy":
            self._session.destroy(key)
            return {}
        return {"signature": self._session.sign(key, bytes.fromhex(command["message"])).hex()}


def _opened(command: dict[str, Any]) -> TokenSession:
    """Loads python-pkcs11, which is an extra.

    Raises:
        KeyLocked: It is not installed, or the token does not work.
        PassphraseWrong: The PIN is wrong.
    """
    try:
        from inspector.token.session import TokenSession
    except ModuleNotFoundError as error:
        message = f"A key in a token needs {error.name}, which is not installed"
        raise KeyLocked(message, "Install the extra: pip install 'inspector-station[pkcs11]'") from error
    return TokenSession(command["module"], command["token"], command["label"], command["pin"])


def main() -> int:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the supervisor, which ends the station in order
    answers = Answers()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answers.answer(line)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
