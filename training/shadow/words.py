# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a shadow run says to people, on the terminal and in its gallery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from inspector.cli.output import Output
from training.shadow.result import Difference, Rules, ShadowResult
from training.shadow.reviews import Side
from training.shadow.verdicts import WHY_WORDS, Kind

SHORT = 12
KIND_WORDS: Mapping[Kind, str] = {
    Kind.BOTH_PASS: "both pass",
    Kind.BOTH_REJECT: "both reject",
    Kind.ONLY_RELEASED_REJECTS: "only the released one rejects: the candidate lets it through",
    Kind.ONLY_CANDIDATE_REJECTS: "only the candidate rejects",
}
SIDE_WORDS: Mapping[Side | None, str] = {
    None: "nobody has reviewed it",
    Side.RELEASED: "people side with the released one",
    Side.CANDIDATE: "people side with the candidate",
    Side.BOTH: "people agree with both",
    Side.NEITHER: "people agree with neither",
    Side.UNDECIDED: "reviewed, and not decided",
}
ENDED_WORDS: Mapping[str, str] = {
    "all": "all parts were seen",
    "parts": "as many parts as were asked for",
    "minutes": "as long as was asked for",
    "interrupted": "ended by a person or the system",
}


def second(t_us: int) -> str:
    """A time for people, UTC."""
    return datetime.fromtimestamp(t_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def rules_words(rules: Rules) -> str:
    """What judges, in a line."""
    model = f"{rules.model_name} ({rules.model[:SHORT]})" if rules.model_name else rules.model[:SHORT]
    recipe = f"{rules.recipe_name} ({rules.recipe[:SHORT]})" if rules.recipe_name else rules.recipe[:SHORT]
    return f"model {model}, recipe {recipe}"


def counts(result: ShadowResult) -> list[tuple[str, int]]:
    """Compared parts, by what the verdicts are to one another."""
    numbers = {
        Kind.BOTH_PASS: result.both_pass,
        Kind.BOTH_REJECT: result.both_reject,
        Kind.ONLY_RELEASED_REJECTS: result.only_released_rejects,
        Kind.ONLY_CANDIDATE_REJECTS: result.only_candidate_rejects,
    }
    return [(KIND_WORDS[kind], number) for kind, number in numbers.items()]


def headline(result: ShadowResult) -> list[tuple[str, str]]:
    """The three shares with their bounds: what it is, and in words."""
    return [
        ("different verdicts", result.differing.counts.words("differ")),
        ("only the candidate lets through", result.passed_by_candidate_only.counts.words("let through")),
        ("only the candidate rejects", result.rejected_by_candidate_only.counts.words("rejected")),
    ]


def notes(result: ShadowResult) -> list[str]:
    """What one has to know before one reads the figures."""
    told = []
    if (result.candidate.model, result.candidate.recipe) == (result.released.model, result.released.recipe):
        told.append("The candidate is the released one: no verdict may differ.")
    if result.behind:
        told.append(f"{result.behind} parts were recorded and not judged when the run ended.")
    if result.candidate_errors:
        told.append(f"The candidate failed on {result.candidate_errors} parts; a station rejects such parts.")
    for other in result.other_rules:
        told.append(
            f"Left out: {other.parts} parts (records {other.first_record} to {other.last_record}) that model"
            f" {other.model[:SHORT]} with recipe {other.recipe[:SHORT]} has judged."
        )
    if result.more_other_rules:
        told.append(f"Left out: {result.more_other_rules} parts of still other models or recipes.")
    if result.test_parts:
        told.append(f"Left out: {result.test_parts} test parts of challenges.")
    if result.elsewhere:
        listed = ", ".join(f"{number} {verdict.value}" for verdict, number in sorted(result.elsewhere.items()))
        told.append(
            f"Of parts whose verdict came from clock, permit or serial ({listed}) the pictures alone are compared."
        )
    return told


def tell(output: Output, result: ShadowResult) -> None:
    """The result, for people."""
    output.say(f"candidate: {rules_words(result.candidate)}")
    output.say(f"released:  {rules_words(result.released)}")
    if result.parts:
        output.say(
            f"records {result.first_record} to {result.last_record},"
            f" {second(result.first_us)} to {second(result.last_us)} UTC; {ENDED_WORDS[result.ended]}"
        )
    output.table(f"{result.compared} parts compared", ("", "parts"), counts(result))
    skipped = [(WHY_WORDS[why], number) for why, number in result.not_comparable.items()]
    if skipped:
        output.table("Not comparable", ("", "parts"), skipped)
    for what, words in headline(result):
        output.say(f"{what}: {words}")
    if result.classes:
        rows = [(name, one.released, one.candidate, one.both) for name, one in result.classes.items()]
        output.table("Parts that a class alone keeps from passing", ("", "released", "candidate", "both"), rows)
    said = [(SIDE_WORDS[one], number) for one in Side if (number := getattr(result.reviewed, one.value))]
    if said:
        output.table("Reviewed parts", ("", "parts"), said)
    times = result.times
    if times.pictures:
        output.say(
            f"the candidate took {times.p50_us / 1000:.1f} ms for a picture (median), {times.p99_us / 1000:.1f} ms"
            f" (99th percentile), with {times.threads} thread(s) of low priority beside all else"
        )
    for note in notes(result):
        output.say(note, style="yellow")
    worst = result.differences[:10]
    if worst:
        output.table(
            "Differing parts, worst first", ("record", "serial", "released", "candidate", "review"), _rows(worst)
        )
        if result.differ > len(worst):
            output.say(f"{result.differ - len(worst)} more: --html shows them, --output keeps them")


def _rows(worst: tuple[Difference, ...]) -> list[tuple[object, ...]]:
    return [
        (
            one.record,
            one.serial or "-",
            f"{one.released.verdict.value}: {one.released.reason}",
            f"{one.candidate.verdict.value}: {one.candidate.reason}",
            "-" if one.review is None else SIDE_WORDS[one.review],
        )
        for one in worst
    ]


def verdict_line(result: ShadowResult) -> tuple[str, str]:
    """The last line, and its style."""
    if not result.compared:
        return "Nothing could be compared", "bold yellow"
    if result.differ:
        return f"DIFFERENT: {result.differ} of {result.compared} parts", "bold red"
    return f"The same verdicts on {result.compared} parts", "bold green"
