"""The report as the receiver holds it: every page and every row against the plan.

The rows stand in one order: findings, items with their numbers, segments, definitions; each
begins with a sign that no name can hold. A number too many, too few or another one is a Fault.
"""

import hashlib
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import Final

from planning.checks.limits import Comparison, limits
from planning.exchange.verify.bag import PLAN, Payload, Signer
from planning.exchange.verify.papers import REPORT, Paper
from planning.exchange.verify.report_again import held_again, is_of_this_release
from planning.exchange.verify.report_text import plain, read_pages, says
from planning.exchange.verify.report_words import LANGUAGES, ReportWords
from planning.exchange.verify.verdict import Fault, Held
from planning.exchange.verify.zones import severity_of

CODES: Final = ("en", "fr", "ar")
SIGN: Final = "\N{NUMERO SIGN}"
DOWN: Final = frozenset({"path_hu_minimum", "zone_clearance", "bone_margin"})
UP: Final = frozenset({"trajectory_length"})
WHOLE: Final = frozenset({"HU", "day"})
UNITS: Final = {"deg": "°"}
AXES: Final = (("L", "R"), ("P", "A"), ("S", "I"))
POINTS: Final = {
    "landmark": ("point_lps_mm",),
    "distance": ("start_lps_mm", "end_lps_mm"),
    "angle": ("first_lps_mm", "apex_lps_mm", "second_lps_mm"),
    "trajectory": ("entry_lps_mm", "target_lps_mm"),
    "cut_plane": ("point_lps_mm",),
    "no_go_zone": (),
}


def report(payload: Payload, plan: Paper, signed_by: Signer | None) -> Held[None]:
    """Hold the report against the plan; a Fault for a page or a row that says something else."""
    paths = [path for path in payload.sha256 if path.startswith(REPORT)]
    if len(paths) != 1:
        raise Fault("verify-report-odd", path=REPORT, page=0)
    return held_report((paths[0], payload.bodies[paths[0]]), payload, plan, signed_by)


def held_report(
    file: tuple[str, bytes], payload: Payload, plan: Paper, signed_by: Signer | None
) -> Held[None]:
    """Hold one report, wherever it lies, given by path and bytes."""
    path, body = file
    pages = read_pages(body, path)
    sha256 = hashlib.sha256(payload.bodies[PLAN]).hexdigest()
    words = _pages(path, pages, plan, sha256)
    if signed_by is not None and signed_by.fingerprint not in plain(pages[0]):
        raise Fault("verify-report-odd", path=path, page=1)
    rows = [plain(part) for part in "".join(pages).split(SIGN)[1:]]
    expected = list(_rows(plan, words))
    if len(rows) != len(expected):
        raise Fault("verify-report-rows", path=path, n=len(rows), expected=len(expected))
    for row, (head, others) in zip(rows, expected, strict=True):
        if not row.startswith(plain(head)) or not all(says(row, plain(one)) for one in others):
            raise Fault("verify-report-differs", path=path, row=plain(head)[:80])
    told = {"n": len(pages), "rows": len(rows)}
    if not is_of_this_release(plan):
        version = str(plan["program"]["version"])[:40]
        return Held(None, "verify-report-not-again", {**told, "version": version})
    if signed_by is not None or plan["seal"] is None:
        held_again(file, payload, CODES[LANGUAGES.index(words)], signed_by)
    return Held(None, "verify-report-ok", told)


def _pages(path: str, pages: tuple[str, ...], plan: Paper, sha256: str) -> ReportWords:
    """Hold what stands on every page; return the language."""
    about, code, side = plan["plan"], str(plan["case_code"]), str(plan["side"])
    texts = [plain(page) for page in pages]
    for words in LANGUAGES:
        band, across = plain(words.band(about, code, side)), plain(words.across(about))
        if texts and says(texts[0][: len(band)], band):
            for n, text in enumerate(texts, 1):
                is_marked = says(text[: len(band)], band) and _ends_with(text, across)
                if not is_marked or sha256 not in text:
                    raise Fault("verify-report-odd", path=path, page=n)
            return words
    raise Fault("verify-report-odd", path=path, page=1)


def _ends_with(text: str, words: str) -> bool:
    return not words or says(text[-len(words) :], words)


def _rows(plan: Paper, words: ReportWords) -> Iterator[tuple[str, list[str]]]:
    """Yield of each row how it begins, and what else stands in it."""
    names = {str(one["id"]): str(one["name"]) for one in (*plan["items"], *plan["segments"])}
    for n, finding in enumerate(plan["findings"], 1):
        yield _finding(n, finding, words)
    measures = list(enumerate(plan["measures"], 1))
    for n, item in enumerate(plan["items"], 1):
        yield f"P{n}", list(_item(item, names, words))
        for at, one in measures:
            if one["item"] == item["id"]:
                yield (
                    f"{at}{_value(one)}{_bound(one)}{_unit(one, words)}",
                    [names.get(one["other"], "")],
                )
    for segment in plan["segments"]:
        for at, one in measures:
            if one["item"] == segment["id"]:
                others = [str(segment["name"]), str(segment["sha256"])]
                yield f"{at}{_value(one)}{_unit(one, words)}", others
    for n, name in enumerate(dict.fromkeys(one["name"] for _, one in measures), 1):
        is_english = words is LANGUAGES[0]
        one = next(one for _, one in measures if one["name"] == name)
        yield f"D{n}", [str(one["definition"])] if is_english else [str(one["version"])]


def _item(item: Paper, names: dict[str, str], words: ReportWords) -> Iterator[str]:
    yield str(item["name"])
    for key in POINTS[item["kind"]]:
        yield f"{_place(item[key], 1)} mm"
    if "normal_lps" in item:
        yield _place(item["normal_lps"], 3)
    for key in ("diameter_mm", "margin_mm"):
        if key in item:
            yield f"{_rounded(item[key], '', 2)} mm"
    if item["kind"] == "no_go_zone":
        yield words.rules[severity_of(item)]
    if "segment_id" in item:
        yield names[str(item["segment_id"])]


def _finding(n: int, finding: Paper, words: ReportWords) -> tuple[str, list[str]]:
    head = f"F{n}{words.weights[finding['severity']]}{finding['code']}"
    if finding["value"] is not None:
        limit = limits().get(finding["limit_name"])
        name = limit.measure if limit is not None else ""
        head += _rounded(finding["value"], name, _decimals(finding)) + _unit(finding, words)
        if finding["uncertainty_mm"] is not None and name in DOWN:
            head += f"{_bound(finding)}mm"
        if finding["limit"] is not None:
            sign = "≤" if limit is not None and limit.comparison is Comparison.AT_MOST else "≥"
            figure = _rounded(finding["limit"], "", _decimals(finding))
            head += f"·{words.limit}{sign}{figure}{_unit(finding, words)}"
    others = [str(finding["citation"])]
    if words is LANGUAGES[0]:
        others.append(str(finding["message"]))
    if finding["reason"] is not None:
        others += [str(finding["reason"][key]) for key in ("text", "by", "at")]
    return head, others


def _value(measure: Paper) -> str:
    if measure["value"] is None:
        return "\N{EN DASH}"
    return _rounded(measure["value"], str(measure["name"]), _decimals(measure))


def _bound(stated: Paper) -> str:
    if stated["uncertainty_mm"] is None:
        return ""
    bound = Decimal(repr(float(stated["uncertainty_mm"])))
    return f"±{bound.quantize(Decimal('0.01'), rounding=ROUND_CEILING)}"


def _unit(stated: Paper, words: ReportWords) -> str:
    unit = str(stated["unit"])
    return words.units.get(unit, UNITS.get(unit, unit))


def _decimals(stated: Paper) -> int:
    return 0 if stated["unit"] in WHOLE else 1


def _place(values: list[float], decimals: int) -> str:
    parts = []
    for value, (plus, minus) in zip(values, AXES, strict=True):
        parts.append((plus if value >= 0 else minus) + _rounded(abs(value), "", decimals))
    return "".join(parts)


def _rounded(value: float, name: str, decimals: int) -> str:
    """Return a number as people read it: margins down, depths up, with a true minus."""
    mode = ROUND_FLOOR if name in DOWN else ROUND_CEILING if name in UP else ROUND_HALF_EVEN
    digits = Decimal(float(value)).quantize(Decimal(1).scaleb(-decimals), rounding=mode)
    return str(digits if digits else abs(digits)).replace("-", "\N{MINUS SIGN}")
