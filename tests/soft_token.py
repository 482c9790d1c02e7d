# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PKCS#11 token in software (SoftHSM 2), in a folder of its own, and ways to spoil it."""

from __future__ import annotations

import subprocess
from pathlib import Path

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
TOKEN, LABEL, PIN, SO_PIN = "plant", "inspector", "482913", "99119911"


def make_token(folder: Path) -> Path:
    """An initialised token; returns the file that SOFTHSM2_CONF has to name."""
    (folder / "tokens").mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", SO_PIN, "--pin", PIN]
    environment = {"SOFTHSM2_CONF": str(conf), "PATH": "/usr/bin:/bin"}
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=30)
    return conf


def settings(pin_file: str = "") -> str:
    """The `[key]` table of a station with this token."""
    return (
        f'backend = "pkcs11"\nfile = "keys/station.key"\nmodule = "{MODULE}"\ntoken = "{TOKEN}"\nlabel = "{LABEL}"\n'
        f'passphrase_file = "{pin_file}"\n'
    )
