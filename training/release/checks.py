# SPDX-License-Identifier: AGPL-3.0-or-later
"""Holds figures against the rules of the gate; every rule gives one answer, in words with figures."""

from __future__ import annotations

from collections.abc import Iterator

from inspector.release.document import Check
from training.evaluation.counts import Counts, percent_down, percent_up
from training.evaluation.words import THING
from training.release.figures import Figures, LineRun, Numbers, Pair, Tally, Weights
from training.release.rules import Against, ClassLimit, GateRules, Limit, Line
from training.release.statistics import parts_needed, worse_by_chance

_LONGEST = 500


def checks_before(rules: GateRules, numbers: Numbers, weights: Weights, line: LineRun | None) -> list[Check]:
    """What can be said before anything is judged, so that no use of the test set is wasted."""
    thing = THING[rules.count_by]
    most = rules.test_set.max_uses
    uses = f"this is use {numbers.uses} of the locked test set; {most} {_are(most)} allowed"
    found = [
        _check("uses of the test set", numbers.uses <= most, uses),
        _check("trained weights", weights.equal is True or weights.precision != "f32", weights.words),
        _enough(f"number of bad {thing}", numbers.bad, rules.misses, "miss"),
        _enough(f"number of good {thing}", numbers.good, rules.false_rejects, "false reject"),
    ]
    for name, number in numbers.showing.items():
        limit = rules.misses.of(name)
        if limit.max_upper < 1 or limit.min_parts:
            found.append(_enough(f"number of {thing} with {name}", number, limit, "miss"))
    return [*found, *_line_run(rules.shadow, line)]


def checks(rules: GateRules, figures: Figures) -> list[Check]:
    """Every rule. The same figures and rules give the same answers, word for word."""
    thing = THING[rules.count_by]
    counted = figures.count_by == rules.count_by
    by = f"{THING[figures.count_by]} are counted" + ("" if counted else f", and the rules are for {thing}")
    found = [_check("what is counted", counted, by)]
    found += checks_before(rules, figures.numbers, figures.weights, figures.line)
    found.append(_held(f"bad {thing}", figures.missed, rules.misses, "missed"))
    found.append(_held(f"good {thing}", figures.false_rejects, rules.false_rejects, "falsely rejected"))
    for name, tally in figures.showing.items():
        found.append(_held(f"{thing} with {name}", tally, rules.misses.of(name), "missed"))
    found += _beside(rules.against, figures, thing)
    found.append(_time(rules, figures))
    return found


def _check(name: str, passed: bool, words: str) -> Check:
    """Names of classes may be long, and anything: one line of at most 500 characters is what a release takes."""
    return Check(name=_line(name), passed=passed, words=_line(words))


def _line_run(rules: Line, found: LineRun | None) -> Iterator[Check]:
    if found is None:
        words = "there is none, and the rules want one (--shadow)" if rules.required else "there is none"
        yield _check("shadow run", not rules.required, words)
        return
    told = f"{found.compared} parts of the line, {rules.min_compared} are needed: the candidate alone lets"
    told += f" {found.let_through} through and rejects {found.rejected}"
    yield _check("shadow run", found.compared >= rules.min_compared, told)
    yield _check("failures in the shadow run", not found.failed, f"{found.failed} parts; none is allowed")
    told = f"people hold with the released model on {found.people_against} parts, with the candidate on"
    told += f" {found.people_for}; {rules.max_against} against it {_are(rules.max_against)} allowed"
    yield _check("reviews in the shadow run", found.people_against <= rules.max_against, told)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _line(text: str) -> str:
    one = " ".join("".join(symbol if symbol.isprintable() else " " for symbol in text).split())
    return one if len(one) <= _LONGEST else one[: _LONGEST - 3] + "..."


def _enough(name: str, number: int, limit: Limit | ClassLimit, error: str) -> Check:
    least = parts_needed(limit.max_upper)
    if least is None:
        return _check(name, False, f"{number}; no number is enough for a bound of {percent_up(limit.max_upper)}")
    needed = max(least, limit.min_parts)
    if needed > least:
        why = "the rules want so many"
    elif not needed:
        why = "the rules set no limit"
    else:
        why = f"with no {error} they prove a rate below {percent_up(limit.max_upper)} at 95 %, and fewer do not"
    return _check(name, number >= needed, f"{number} in the test set, {needed} are needed: {why}")


def _held(name: str, tally: Tally, limit: Limit | ClassLimit, error: str) -> Check:
    counts = tally.counts
    passed = counts.upper <= limit.max_upper
    words = counts.words(error)
    if limit.max_upper >= 1:
        return _check(name, passed, f"{words}; the rules set no limit")
    words += f"; the rules want below {percent_down(limit.max_upper)}"
    if not passed:
        words += _remedy(counts, limit.max_upper, error)
    return _check(name, passed, words)


def _remedy(counts: Counts, max_upper: float, error: str) -> str:
    """How many would prove it; nothing where the rate itself is too high."""
    if counts.trials and counts.rate >= max_upper:
        return f", and {percent_down(counts.rate)} were {error}"
    needed = parts_needed(max_upper, counts.errors)
    return "" if needed is None else f": with {counts.errors} {error} that takes {needed}"


def _beside(rules: Against, figures: Figures, thing: str) -> Iterator[Check]:
    if figures.beside is None:
        yield _check("released model", True, "first release of this product: there is nothing to compare with")
        return
    found = figures.beside
    new, most = found.misses.candidate, rules.max_new_misses
    told = f"{new} bad {thing} pass that the released model holds; {most} {_are(most)} allowed"
    yield _check("new misses", new <= most, told)
    yield _no_worse(f"misses of bad {thing} beside the released model", found.misses, rules)
    for name, pair in found.showing.items():
        yield _no_worse(f"misses of {thing} with {name} beside the released model", pair, rules)
    yield _no_worse("false rejects beside the released model", found.false_rejects, rules)


def _no_worse(name: str, pair: Pair, rules: Against) -> Check:
    chance = worse_by_chance(pair.candidate, pair.released)
    worse = chance < rules.significance
    words = f"{pair.candidate} by the candidate alone, {pair.released} by the released model alone"
    if pair.candidate:
        words += f": chance alone gives as much in {percent_up(chance)} of cases"
        words += f", worse from below {percent_down(rules.significance)} on"
    return _check(name, not worse, words)


def _time(rules: GateRules, figures: Figures) -> Check:
    limit = rules.time.max_p99_ms
    words = f"p99 {figures.p99_ms:.1f} ms in {figures.runs} runs on the machine that measured"
    if limit is None:
        return _check("time of judging", True, f"{words}; the rules set no limit")
    return _check("time of judging", figures.p99_ms <= limit, f"{words}; the rules want at most {limit:g} ms")
