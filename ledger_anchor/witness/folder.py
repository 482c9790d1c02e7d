# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a witness: `witness.toml`, its key, the logs that it watches, its state."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field, ValidationError

from inspector.config.base import Settings, explain, read_toml
from inspector.durable import make_directory, write_durable
from inspector.errors import ConfigError, EvidenceError
from inspector.evidence.cosignature import CosignerKey
from inspector.evidence.keys import create_key, load_key, read_public_key
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.note import NoteKey, check_key_name, parse_vkey
from ledger_anchor.web.settings import ListenSettings
from ledger_anchor.witness.state import WitnessState
from ledger_anchor.witness.witness import Witness

SETTINGS = "witness.toml"
KEY, PUBLIC_KEY, LOGS, STATE = "witness.key", "witness.pub", "logs.policy", "witness.sqlite"


class WitnessSettings(Settings):
    """`witness.toml`.

    Attributes:
        name: Name of the key in cosignatures, a URL without its scheme by custom: "qa.example.com/witness".
        passphrase_file: Holds the passphrase of the key, relative to the folder; empty asks for it at the start.
        listen: Where it answers.
    """

    name: str
    passphrase_file: str = ""
    listen: ListenSettings = Field(default_factory=ListenSettings)


@dataclass(frozen=True)
class WitnessFolder:
    """A folder that was read.

    Attributes:
        path: The folder.
        settings: `witness.toml`.
        key: Public key of the witness.
        logs: Keys of the logs that it watches.
    """

    path: Path
    settings: WitnessSettings
    key: CosignerKey
    logs: tuple[NoteKey, ...]

    def open(self, passphrase: str) -> tuple[Witness, WitnessState]:
        """Unlock the key and open the state; the caller closes the state.

        Raises:
            EvidenceError: The key does not open.
            StoreError: The state does not open.
        """
        signer = load_key(self.path / KEY, passphrase)
        if signer.public_key != self.key.public_key:
            raise EvidenceError(f"{KEY} and {PUBLIC_KEY} in {self.path} do not belong together", "Restore both")
        state = WitnessState(self.path / STATE)
        return Witness(self.key, signer, self.logs, state, lambda: int(time.time())), state


def create_witness(path: Path, name: str, logs: Sequence[str], passphrase: str) -> CosignerKey:
    """Make a folder with a fresh key.

    Args:
        path: Must not exist, or be empty.
        name: Name of the key.
        logs: Verifier key lines of the logs to watch.
        passphrase: Protects the key.

    Returns:
        Its public key, for the policies of others.

    Raises:
        ConfigError: The folder is not empty or cannot be written.
        EvidenceError: A name or key is malformed, or the passphrase is empty.
    """
    check_key_name(name)
    keys = [parse_vkey(line) for line in logs]
    if path.exists() and any(path.iterdir()):
        raise ConfigError(f"{path} is not empty", "Choose an empty folder")
    try:
        make_directory(path)
        key = CosignerKey(name, create_key(path / KEY, passphrase, path / PUBLIC_KEY).public_key)
        policy = "".join(f"log {key.vkey()}\n" for key in keys) + "quorum none\n"
        write_durable(path / LOGS, policy.encode("utf-8"))
        write_durable(path / SETTINGS, f'name = "{name}"\n\n[listen]\nhost = "127.0.0.1"\nport = 0\n'.encode())
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}", "Check the folder") from error
    return key


def read_witness(path: Path) -> WitnessFolder:
    """Read a folder.

    Raises:
        ConfigError: Its settings or the list of logs are missing or broken.
        EvidenceError: The public key is missing or broken.
    """
    try:
        settings = WitnessSettings.model_validate(read_toml(path / SETTINGS, "settings of the witness"))
    except ValidationError as error:
        raise ConfigError(f"{path / SETTINGS}: {explain(error)}", "See docs/ledger.md") from error
    try:
        policy = parse_log_policy((path / LOGS).read_bytes())
    except OSError as error:
        raise ConfigError(f"{path / LOGS} cannot be read: {error.strerror}", "It names the logs to watch") from error
    key = CosignerKey(check_key_name(settings.name), read_public_key(path / PUBLIC_KEY))
    return WitnessFolder(path, settings, key, tuple(known.key for known in policy.logs))
