"""The rows of the journeys: kept by each run, and written into `docs/journeys.md` by one command.

`python -m tests.journeys.book` puts the kept rows into the table between its two marks.
"""

import json
import sys
from dataclasses import asdict, dataclass

from app.bench.machine import machine
from tests.journeys.hand import Hand
from tests.window.screen import ROOT

KEPT = ROOT / "build" / "journeys"
PAGE = ROOT / "docs" / "journeys.md"
BEGIN, END = "<!-- rows begin -->", "<!-- rows end -->"
HEAD = """| journey | clicks | pointings | wheel | keys | machine s | of it waiting s | result | held against | Dice | 95 % mm |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""  # noqa: E501 - a table


@dataclass(frozen=True)
class Result:
    """One segment that a journey ended with, and how good it is where truth exists."""

    name: str
    ml: float
    truth: str
    dice: float | None = None
    distance_95_mm: float | None = None


def keep(hand: Hand, order: int, title: str, results: list[Result]) -> None:
    """Keep the counts and results of a journey that has come to its end."""
    KEPT.mkdir(parents=True, exist_ok=True)
    record = {
        "order": order,
        "title": title,
        "count": asdict(hand.count),
        "seconds": hand.ended_s,
        "waits": hand.waits,
        "results": [asdict(one) for one in results],
        "machine": machine(),
    }
    (KEPT / f"{hand.title}.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def lines(record: dict) -> list[str]:
    """One line for each result; the counts stand in the first."""
    count, waited = record["count"], sum(s for _what, s in record["waits"])
    numbers = (count["clicks"], count["pointings"], count["turns"], count["keys"])
    first = [record["title"], *map(str, numbers), f"{record['seconds']:.1f}", f"{waited:.1f}"]
    rows = []
    for n, one in enumerate(record["results"]):
        score = "" if one["dice"] is None else f"{one['dice']:.3f}"
        away = "" if one["distance_95_mm"] is None else f"{one['distance_95_mm']:.1f}"
        lead = first if n == 0 else [""] * len(first)
        rows.append([*lead, f"{one['name']}, {one['ml']:.1f} ml", one["truth"], score, away])
    return [f"| {' | '.join(row)} |" for row in rows]


def main() -> int:
    """Write the table; no when nothing was kept."""
    records = [json.loads(path.read_text("utf-8")) for path in KEPT.glob("*.json")]
    if not records:
        return 1
    records.sort(key=lambda record: record["order"])
    table = [HEAD, *(line for record in records for line in lines(record))]
    page = PAGE.read_text("utf-8")
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(table) + f"\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
