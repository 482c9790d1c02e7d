# SPDX-License-Identifier: Apache-2.0
"""Images that are gone: erased too early, under another rule, against a legal hold, or by records that lie."""

from __future__ import annotations

from tests.assets.attacks.history import History, Json, sha, spell
from tests.assets.attacks.table import attack, changed

DAY_US = 86_400_000_000


def rules(days: int | None = 1, **more: object) -> bytes:
    """A retention document with one rule."""
    rule = {"class": "pass", "recipe": None, "customer": None, "keep_days": days, **more}
    return spell({"format": "inspector-retention/1", "name": "good parts", "rules": [rule]})


def erasing(
    history: History,
    *,
    document: bytes | None = None,
    verdict: str = "PASS",
    image: str = "stored",
    days: float = 1.0,
    hold: Json | None = None,
    end: Json | None = None,
    times: int = 1,
    **lies: object,
) -> None:
    """A sealed shift under retention rules, perhaps a hold, and the erasure of its only image."""
    data = rules() if document is None else document
    digest = history.document(data)
    history.open_shift("L-9", retention={"name": "good parts", "digest": digest}, customer="ACME")
    before = set(history.files)
    part = history.part("SN-9", verdict, image=image)
    history.close_shift()
    if hold is not None:
        scope = dict.fromkeys(("lot", "serial", "from_us", "to_us", "defect")) | hold
        held = history.record("hold", name="complaint", scope=scope, by=sha(b"qa"), reason="complaint of ACME")
        if end is not None:
            history.record("hold-end", **({"hold": held, "by": sha(b"qa"), "reason": "settled"} | end))
    history.ahead_us += int(days * DAY_US)
    pixels = sha(b"pixels %d" % history.parts)
    erased: Json = {"part": part, "camera": "top", "image_digest": pixels, "rule": digest}
    for _ in range(times):
        history.record("image-erased", **(erased | {"reason": "old enough", "erased_by": None} | lies))
    for name in set(history.files) - before:
        if name.startswith("images/"):
            del history.files[name]


def told(**lies: object) -> bytes:
    """A history with such an erasure before its last shift."""
    return changed(steps={"shift 3": lambda history: erasing(history, **lies)})


@attack("IMAGE-02", exit_code=1)
def image_gone_that_may_be_erased_later() -> bytes:
    """An image is gone whose rules let it go one day, and no record of the bundle says that it was erased."""
    return told(times=0)


@attack("IMAGE-04")
def erased_and_never_stored() -> bytes:
    """An erasure of an image that was lost."""
    return told(image="lost")


@attack("IMAGE-04")
def erased_another_image() -> bytes:
    """An erasure names its part, and the digest of another image."""
    return told(image_digest="e" * 64)


@attack("IMAGE-04")
def erased_twice() -> bytes:
    """The image of a part is erased twice."""
    return told(times=2)


@attack("IMAGE-05")
def erased_under_another_rule() -> bytes:
    """An erasure names rules that were not in force when the part was inspected."""
    return told(rule="e" * 64)


@attack("IMAGE-05")
def rules_that_are_none() -> bytes:
    """The shift was opened under a document that holds no rules."""
    return told(document=b"keep good parts for a day\n")


@attack("IMAGE-06")
def erased_too_early() -> bytes:
    """A good part's image is erased a minute before its day is over."""
    return told(days=0.999)


@attack("IMAGE-06")
def erased_a_reject() -> bytes:
    """The rules let images of good parts go; that of a reject is erased."""
    return told(verdict="FAIL", days=400)


@attack("IMAGE-06")
def erased_what_is_kept_for_ever() -> bytes:
    """The rule says for ever."""
    return told(document=rules(None), days=4000)


@attack("IMAGE-06")
def erased_by_the_rule_of_another_customer() -> bytes:
    """The rule is for the parts of another customer."""
    return told(document=rules(customer="Other"), days=4000)


@attack("HOLD-01")
def erased_against_a_hold() -> bytes:
    """A legal hold covers the lot, and the image is erased all the same."""
    return told(hold={"lot": "L-9", "serial": "SN-9"})


@attack("HOLD-02")
def hold_that_never_began_ended() -> bytes:
    """The end of a hold names no hold."""
    return changed(
        steps={"shift 3": lambda history: history.record("hold-end", hold="e" * 64, by=sha(b"qa"), reason="settled")}
    )
