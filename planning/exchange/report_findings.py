"""The report's findings: what blocks, what warns, what is noted, and who went on nevertheless."""

from collections.abc import Iterator
from typing import Final

from planning.checks.limits import Comparison, limits
from planning.exchange.report_numbers import BODY, MARKS_MM, SOFT, STRONG, TINY, error_of
from planning.exchange.report_pen import Ink
from planning.exchange.report_plan import Json, ToldPlan
from planning.exchange.report_table import Column, Part, Row
from planning.exchange.report_text import NUMERO
from planning.measures import MEASURES

SEVERITIES: Final = {"block": "Blocks", "warn": "Warning", "info": "Note"}
TONES: Final = {
    "block": Ink(9.5, is_bold=True, colour="#B3261E"),
    "warn": Ink(9.5, is_bold=True, colour="#8A5A00"),
    "info": Ink(9.5, is_bold=True, colour="#48525E"),
}
STATUS: Final = {
    "published": "Published figure",
    "convention": "Custom of the field",
    "house": "Our own figure",
}


def finding_columns(told: ToldPlan) -> tuple[Column, ...]:
    """Return the columns of the findings."""
    return (
        Column(told.text("No."), *MARKS_MM),
        Column(told.text("Weight"), 17.0, 30.0),
        Column(told.text("What was found"), 49.0, 128.0),
    )


def finding_rows(told: ToldPlan) -> Iterator[Row]:
    """Yield each finding, in the plan's order."""
    for n, finding in enumerate(told.document["findings"], 1):
        tone = TONES[finding["severity"]]
        weight = told.text(SEVERITIES[finding["severity"]])
        yield Row(
            (
                (Part(f"{NUMERO}F{n}", SOFT),),
                (Part(weight, tone), Part(finding["code"], TINY)),
                tuple(_parts(told, finding)),
            )
        )


def _parts(told: ToldPlan, finding: Json) -> Iterator[Part]:
    figures = _figures(told, finding)
    if figures:
        yield Part(figures, STRONG)
    yield Part(told.sentence(finding), BODY)
    if finding["citation"]:
        status = told.text(STATUS[finding["status"]])
        yield Part(status, SOFT)
        yield Part(told.plain(finding["citation"]), SOFT)
    reason = finding["reason"]
    if reason is not None:
        said = told.text("Goes on nevertheless: “{text}”")
        yield Part(said.format(text=told.plain(reason["text"])), STRONG)
        yield Part(f"{told.plain(reason['by'])}, {reason['at']}", SOFT)


def _figures(told: ToldPlan, finding: Json) -> str:
    """Return what was found, its error and its limit, in this order; empty without a number."""
    if finding["value"] is None:
        return ""
    limit = limits().get(finding["limit_name"])
    name = limit.measure if limit is not None else ""
    unit = told.unit(finding["unit"])
    figures = f"{told.measured(name, finding['value'], finding['unit'])} {unit}"
    if finding["uncertainty_mm"] is not None and name in {one.name for one in MEASURES}:
        figures += f" {error_of(told, {**finding, 'name': name})} mm"
    if finding["limit"] is not None:
        sign = "≤" if limit is not None and limit.comparison is Comparison.AT_MOST else "≥"
        figure = told.measured("", finding["limit"], finding["unit"])
        figures += f" · {told.text('Limit')} {sign} {figure} {unit}"
    return figures


def open_blocks_n(told: ToldPlan) -> int:
    """Return how many findings block and have no reason."""
    return sum(
        one["severity"] == "block" and one["reason"] is None for one in told.document["findings"]
    )


def weights(told: ToldPlan) -> str:
    """Return how many findings there are of each weight."""
    found = [one["severity"] for one in told.document["findings"]]
    return " · ".join(
        f"{told.text(word)}: {found.count(severity)}" for severity, word in SEVERITIES.items()
    )
