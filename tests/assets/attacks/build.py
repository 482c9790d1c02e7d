# SPDX-License-Identifier: Apache-2.0
"""Writes the kit: one bundle and one policy per attack, and what has to be said of each.

    python -m tests.assets.attacks.build FOLDER

`attacks.json` lists them; `honest.zip` with `honest.toml` has to be accepted.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.assets.attacks import (
    container,
    erasures,
    insider,
    insider_procedures,
    insider_seals,
    keeping,
    outsider,
    releases,
    reviews,
    stamps,
    witnesses,
)
from tests.assets.attacks.history import Json
from tests.assets.attacks.outsider import only
from tests.assets.attacks.table import ATTACKS, POLICY, honest

FAMILIES = {
    "outsider": outsider,
    "insider": insider,
    "insider_seals": insider_seals,
    "insider_procedures": insider_procedures,
    "stamps": stamps,
    "witnesses": witnesses,
    "reviews": reviews,
    "releases": releases,
    "keeping": keeping,
    "erasures": erasures,
    "container": container,
}


def family_table(family: str) -> str:
    """The attacks of one module as rows of docs/threat-model.md."""
    module = FAMILIES[family].__name__
    rows = [f"| {one.what} | {one.rule} |" for one in ATTACKS if one.build.__module__ == module]
    return "\n".join(["| what was done | refused by |", "|---|---|", *rows])


def policy_text(policy: Json) -> str:
    """The policy as TOML."""
    lines = []
    for name, value in policy.items():
        inside = (
            ", ".join(f"{key} = {json.dumps(item)}" for key, item in value.items()) if isinstance(value, dict) else ""
        )
        lines.append(f"{name} = " + (f"{{{inside}}}" if inside else json.dumps(value)))
    return "\n".join(lines) + "\n"


def write_kit(folder: Path) -> None:
    """Write everything into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    good = {"honest": honest().zip(), "honest-one-shift": only(2).zip(), "honest-first-shift": only(1).zip()}
    good |= {"honest-erased": keeping.told(), "honest-hold-ended": keeping.told(hold={"lot": "L-9"}, end={})}
    good |= {"honest-erased-later": erasures.bundle(), "honest-reviewed": reviews.honest()}
    for name, data in good.items():
        (folder / f"{name}.zip").write_bytes(data)
        (folder / f"{name}.toml").write_text(policy_text(POLICY), "utf-8")
    (folder / "honest-released.zip").write_bytes(releases.honest())
    (folder / "honest-released.toml").write_text(policy_text(releases.KNOWS), "utf-8")
    for attack in ATTACKS:
        (folder / f"{attack.name}.zip").write_bytes(attack.build())
        (folder / f"{attack.name}.toml").write_text(policy_text(attack.policy), "utf-8")
    (folder / "honest-stamped.zip").write_bytes(stamps.stamped().zip())
    (folder / "honest-stamped.toml").write_text(policy_text(stamps.ASKS), "utf-8")
    for name, data, policy in (
        ("honest-witnessed", witnesses.witnessed(), witnesses.ASKS),
        ("honest-in-both-logs", witnesses.in_both(), witnesses.BOTH),
        ("honest-before-the-revocation", witnesses.in_both(), witnesses.revoked(9)),
    ):
        (folder / f"{name}.zip").write_bytes(data)
        (folder / f"{name}.toml").write_text(policy_text(policy), "utf-8")
    table = [
        {"name": one.name, "what": one.what, "rule": one.rule, "place": one.place, "exit_code": one.exit_code}
        for one in ATTACKS
    ]
    (folder / "attacks.json").write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    write_kit(Path(sys.argv[1]))
