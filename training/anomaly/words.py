# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a first look says, in words."""

from __future__ import annotations

from training.anomaly.look import USABLE, FirstLook

NO_INSPECTION = (
    "This is no inspection: nobody has shown how many bad parts it misses. A low score does not mean a good part,"
    " and a high one is a reason to look."
)
WHAT_A_SCORE_IS = (
    "Score: distance of the oddest places of a photo from all that the good photos show; 1 is the oddest good photo,"
    " measured by a memory without it."
)


def usable_words(look: FirstLook) -> str:
    """What the drawn flaws say about the order."""
    check = look.check
    order = check.order
    figures = (
        f"of {check.drawn} flaws drawn into good photos the hottest place is the flaw in {check.hit};"
        f" a photo with a flaw scores higher than one without in {100 * order.value:.0f} % of pairs (AUROC; 95 %:"
        f" {100 * order.lower:.0f} to {100 * order.upper:.0f} %; 50 % is chance)"
    )
    if check.usable:
        return f"Self-check: {figures}. Real defects may be fainter than these."
    return (
        f"Self-check failed: {figures}, and {100 * USABLE:.0f} % are needed. With this model the order of these photos"
        " may mean nothing: take a model that was trained on parts like these, or label some and train one"
    )


def limit_words(look: FirstLook) -> str:
    """Where good parts end."""
    count = len(look.good)
    return (
        f"1 is chosen so that none of {count} good photos lies above it. Of further good parts at most"
        f" {_percent_up(look.false_rejects_below)} will (95 %, if they are like these and independent)."
    )


def above_words(look: FirstLook) -> str:
    """How many new photos lie above."""
    return f"{look.above} of {len(look.new)} new photos are odder than every good one"


def _percent_up(share: float) -> str:
    """Rounded up: a bound is never better than it is."""
    return f"{-(-share * 1000 // 1) / 10:.1f} %"
