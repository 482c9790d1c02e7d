# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a count of errors says about the true error rate: exact (Clopper-Pearson) confidence bounds.

C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934). One-sided: "with 95 % confidence the rate is below this".
"""

from __future__ import annotations

import math

_BISECTIONS = 60  # halves the interval to less than 1e-17
_DEVIATIONS = 12
"""Terms so many standard deviations below the errors seen do not count: their sum is less than exp(-72) (Chernoff)."""


def _log_binomial_terms(errors: int, trials: int) -> dict[int, float]:
    total = math.lgamma(trials + 1)
    first = max(0, errors - _DEVIATIONS * math.isqrt(errors) - _DEVIATIONS)
    return {k: total - math.lgamma(k + 1) - math.lgamma(trials - k + 1) for k in range(first, errors + 1)}


def _cdf(coefficients: dict[int, float], trials: int, rate: float) -> float:
    """Probability of at most as many errors as the last coefficient is for, at a rate that is not below theirs."""
    log_p, log_q = math.log(rate), math.log1p(-rate)
    return math.fsum(math.exp(c + k * log_p + (trials - k) * log_q) for k, c in coefficients.items())


def upper_bound(errors: int, trials: int, confidence: float = 0.95) -> float:
    """Highest error rate (0..1) that is not ruled out by seeing so few errors.

    Args:
        errors: errors seen, 0..trials.
        trials: independent trials; with 0 trials nothing is known and the bound is 1.
        confidence: one-sided confidence, for example 0.95.

    Raises:
        ValueError: if the counts or the confidence are impossible.
    """
    if not 0 <= errors <= trials:
        raise ValueError(f"{errors} errors in {trials} trials are impossible")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    if errors == trials:
        return 1.0
    coefficients = _log_binomial_terms(errors, trials)
    low, high = errors / trials, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        if _cdf(coefficients, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def lower_bound(errors: int, trials: int, confidence: float = 0.95) -> float:
    """Lowest error rate (0..1) that is not ruled out by seeing so many errors; 0 if none was seen."""
    return 1 - upper_bound(trials - errors, trials, confidence) if trials else 0.0
