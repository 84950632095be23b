"""The report's numbers: items with their places, measures, segments, definitions and sources."""

from collections.abc import Iterator
from typing import Final

from planning.exchange.report_pen import Ink
from planning.exchange.report_plan import NO_VALUE, Json, ToldPlan
from planning.exchange.report_sheet import Align
from planning.exchange.report_table import Column, Part, Row
from planning.exchange.report_text import NUMERO
from planning.measures import MEASURES
from planning.measures.rounding import shown_uncertainty_mm
from planning.model.plan import KIND_NAMED
from planning.model.zone import NoGoZone, ZoneRule

GROUND: Final = "#ECEFF3"
MARKS_MM: Final = (1.0, 14.0)
BODY: Final = Ink(9.5)
STRONG: Final = Ink(9.5, is_bold=True)
SOFT: Final = Ink(8.0, colour="#48525E")
TINY: Final = Ink(7.0, colour="#56606C")
SIZES: Final = {"diameter_mm": "Diameter", "margin_mm": "Margin"}
RULES: Final = {
    ZoneRule.FORBID: "Forbid: no tool may enter.",
    ZoneRule.WARN: "Warn: slow down and tell before entering.",
}
POINTS: Final = {
    "point_lps_mm": "Point",
    "start_lps_mm": "Start",
    "end_lps_mm": "End",
    "first_lps_mm": "First leg",
    "apex_lps_mm": "Apex",
    "second_lps_mm": "Second leg",
    "entry_lps_mm": "Entry",
    "target_lps_mm": "Target",
}
FLAGS: Final = {
    "mask_only": "The surface is a mask's: the error is taken off already.",
    "part_of_path": "Only part of the path lies in what was measured.",
}


def item_columns(told: ToldPlan) -> tuple[Column, ...]:
    """Return the columns of the items: number, value, bound, unit, what."""
    return (
        Column(told.text("No."), *MARKS_MM),
        Column(told.text("Value"), 120.0, 20.0, Align.END),
        Column(told.text("Error"), 141.0, 19.0, Align.END),
        Column(told.text("Unit"), 164.0, 13.0),
        Column(told.text("What it is"), 17.0, 101.0),
    )


def item_rows(told: ToldPlan) -> Iterator[Row]:
    """Yield for each item its name and places, then its numbers, in the plan's order."""
    notes = definition_numbers(told)
    for n, item in enumerate(told.document["items"], 1):
        own = [
            (at, one)
            for at, one in enumerate(told.document["measures"], 1)
            if one["item"] == item["id"]
        ]
        yield _item_row(told, n, item, keeps_next=bool(own))
        for at, measure in own:
            yield _number_row(told, at, measure, notes)


def _item_row(told: ToldPlan, n: int, item: Json, *, keeps_next: bool) -> Row:
    kind = KIND_NAMED[item["kind"]]
    lines = [Part(told.names[item["id"]], STRONG), Part(told.text(kind.title), SOFT)]
    for point in kind.points:
        where = f"{told.text(POINTS[point])} {told.place(tuple(item[point]))} mm"
        lines.append(Part(where, SOFT))
    if "normal_lps" in item:
        where = told.place(tuple(item["normal_lps"]), decimals=3)
        lines.append(Part(f"{told.text('Normal')} {where}", SOFT))
    for key, title in SIZES.items():
        if key in item:
            size = told.number(item[key], decimals=2)
            lines.append(Part(f"{told.text(title)} {size} mm", SOFT))
    if item["kind"] == NoGoZone.kind:
        rule = ZoneRule(item.get("severity", ZoneRule.FORBID))
        lines.append(Part(told.text(RULES[rule]), SOFT))
    if "segment_id" in item:
        of = told.names[item["segment_id"]]
        lines.append(Part(f"{told.text('Segment')}: {of}", SOFT))
    number = (Part(f"{NUMERO}P{n}", STRONG),)
    return Row((number, (), (), (), tuple(lines)), GROUND, keeps_next=keeps_next)


def _number_row(told: ToldPlan, at: int, measure: Json, notes: dict[str, int]) -> Row:
    known = next(one for one in MEASURES if one.name == measure["name"])
    what = [Part(_title(told, measure, known.title), BODY)]
    value = NO_VALUE
    if measure["value"] is None:
        what.append(Part(f"{told.text('Not measured')}: {measure['reason']}", SOFT))
    else:
        value = told.measured(known.name, measure["value"], measure["unit"])
    what += [Part(told.text(FLAGS[flag]), SOFT) for flag in measure["flags"]]
    what.append(Part(f"{told.text('Definition')} D{notes[known.name]}", TINY))
    return Row(
        (
            (Part(f"{NUMERO}{at}", SOFT),),
            (Part(value, STRONG),),
            (Part(error_of(told, measure), BODY),),
            (Part(told.unit(measure["unit"]), BODY),),
            tuple(what),
        )
    )


def _title(told: ToldPlan, measure: Json, title: str) -> str:
    other = told.names.get(measure["other"], "")
    return f"{told.text(title)}: {other}" if other else told.text(title)


def error_of(told: ToldPlan, measure: Json) -> str:
    """Return the stated error of a number, rounded up; empty where there is none."""
    bound_mm = measure["uncertainty_mm"]
    if bound_mm is None:
        return ""
    known = next(one for one in MEASURES if one.name == measure["name"])
    shown = shown_uncertainty_mm(known.quantity("", 0.0, uncertainty_mm=float(bound_mm)))
    return f"± {told.words.number(str(shown))}"


def segment_columns(told: ToldPlan) -> tuple[Column, ...]:
    """Return the columns of the segments: number, volume, unit, name and hash."""
    return (
        Column(told.text("No."), *MARKS_MM),
        Column(told.text("Volume"), 120.0, 20.0, Align.END),
        Column(told.text("Unit"), 164.0, 13.0),
        Column(told.text("Segment, and SHA-256 of its voxels"), 17.0, 101.0),
    )


def segment_rows(told: ToldPlan) -> Iterator[Row]:
    """Yield each segment with its volume, and the hash of its voxels."""
    volumes = {
        one["item"]: (at, one)
        for at, one in enumerate(told.document["measures"], 1)
        if one["name"] == "segment_volume"
    }
    for segment in told.document["segments"]:
        at, measure = volumes[segment["id"]]
        value = measure["value"]
        shown = (
            NO_VALUE if value is None else told.measured("segment_volume", value, measure["unit"])
        )
        yield Row(
            (
                (Part(f"{NUMERO}{at}", SOFT),),
                (Part(shown, STRONG),),
                (Part(told.unit(measure["unit"]), BODY),),
                (*_segment_words(told, segment), Part(segment["sha256"], TINY)),
            )
        )


def _segment_words(told: ToldPlan, segment: Json) -> Iterator[Part]:
    """Yield a segment's name, and which model made it where one did."""
    yield Part(told.names[segment["id"]], BODY)
    model = segment.get("model")
    if model is not None:
        state = "reviewed by a person" if model["accepted"] else "not accepted by anyone"
        words = told.text("Made by the model {title} {version}, {state}.")
        made = words.format(
            title=told.plain(model["title"]), version=model["version"], state=told.text(state)
        )
        yield Part(made, SOFT)


def definition_columns(told: ToldPlan) -> tuple[Column, ...]:
    """Return the columns of the definitions."""
    what = Column(told.text("Definition and source"), 17.0, 160.0)
    return (Column(told.text("No."), *MARKS_MM), what)


def definition_rows(told: ToldPlan) -> Iterator[Row]:
    """Yield what each measure of the plan is, exactly, and where it comes from."""
    by_name = {one["name"]: one for one in told.document["measures"]}
    for name, n in definition_numbers(told).items():
        one = by_name[name]
        known = next(measure for measure in MEASURES if measure.name == name)
        source = told.text("Version {n}. Source: {source}.").format(
            n=one["version"], source=told.text(one["source"]).rstrip(".")
        )
        parts = (
            Part(told.text(known.title), STRONG),
            Part(told.text(one["definition"]), SOFT),
            Part(source, SOFT),
        )
        yield Row(((Part(f"{NUMERO}D{n}", SOFT),), parts))


def definition_numbers(told: ToldPlan) -> dict[str, int]:
    """Return the number of each measure's definition, in the order of the plan."""
    names = dict.fromkeys(one["name"] for one in told.document["measures"])
    return {name: n for n, name in enumerate(names, 1)}
