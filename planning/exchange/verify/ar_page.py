"""The page that shows the scene: this release's own, with exactly that scene and those words.

It is put together again from the sources, by other code than the writer's, and compared byte by
byte; what is the plan's own in it, words, figures and signer, is reckoned from the plan.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any, Final

import numpy as np
import polib

from planning.exchange.verify.papers import Paper
from planning.exchange.verify.strict_json import read_object
from planning.exchange.verify.verdict import Fault
from resources import FOLDER

BYTES_MAX: Final = 128 << 20
LANGUAGES: Final = {"en": ("en",), "fr": ("fr",), "ar": ("ar", "fr")}
PLACE: Final = re.compile(r"\{\{([a-z]+)\}\}")
FACTS: Final = re.compile(rb'<script type="application/json" id="facts">([^<]{1,200000})</script>')
ORDER: Final = "vector glb paint camera furniture panel gesture headset main"
FONT: Final = (
    '@font-face {{ font-family: "Tasrif"; font-weight: {weight}; {only}'
    'src: url("data:font/woff;base64,{body}") format("woff"); }}'
)
ARABIC: Final = "unicode-range: U+600-6FF, U+750-77F, U+FB50-FDFF, U+FE70-FEFF; "
LICENCE: Final = "/* IBM Plex: Copyright IBM Corp., SIL Open Font License 1.1. */"
ENDS: Final = {
    "distance": ("start_lps_mm", "end_lps_mm"),
    "trajectory": ("entry_lps_mm", "target_lps_mm"),
}
Stated = tuple[Mapping[str, float], str]


def held_page(path: str, body: bytes, glb: bytes, plan: Paper, stated: Stated) -> None:
    """Raise a Fault unless a page is ours about that scene and plan.

    `stated` is the deviation in mm of each segment by id, and the fingerprint of the signer.
    """
    found = FACTS.findall(body) if len(body) <= BYTES_MAX else []
    if len(found) != 1:
        raise _differs(path, "facts")
    facts = read_object(found[0], path)
    language = facts.get("language")
    if not isinstance(language, str) or language not in LANGUAGES:
        raise _differs(path, "language")
    deviations, fingerprint = stated
    meant: Mapping[str, object] = {
        "language": language,
        "words": {key: translated(language, text) for key, text in words().items()},
        "figures": _figures(plan, deviations, language),
        "signer": fingerprint,
    }
    for key in sorted(set(meant) | set(facts)):
        if facts.get(key) != meant.get(key):
            raise _differs(path, key)
    if composed(language, found[0].decode("utf-8"), glb) != body:
        raise _differs(path, "HTML")


def composed(language: str, facts: str, glb: bytes) -> bytes:
    """Return the page of this release about a scene, with these facts."""
    sources = FOLDER / "ar"
    scripts = [(sources / f"{name}.js").read_text("utf-8") for name in ORDER.split()]
    script = '"use strict";\n(() => {\n' + "\n".join(scripts) + "})();\n"
    style = _style(language)
    rules = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
    )
    places = {
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "policy": html.escape(rules),
        "style": style,
        "facts": facts,
        "scene": base64.b64encode(glb).decode("ascii"),
        "script": script,
    }
    page = (sources / "page.html").read_text("utf-8")
    return PLACE.sub(lambda one: places[one[1]], page).encode()


@cache
def _style(language: str) -> str:
    names = ["IBMPlexSans"] + ["IBMPlexSansArabic"] * (language == "ar")
    rules = [
        FONT.format(weight=weight, only=ARABIC if "Arabic" in name else "", body=_font(name, cut))
        for name in names
        for weight, cut in ((400, "Regular"), (600, "SemiBold"))
    ]
    return "\n".join(["", LICENCE, *rules, (FOLDER / "ar" / "page.css").read_text("utf-8")])


def _font(name: str, cut: str) -> str:
    body = (FOLDER / "fonts" / f"{name}-{cut}.woff").read_bytes()
    return base64.b64encode(body).decode("ascii")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


@cache
def words() -> Mapping[str, str]:
    """Return the English words of the page by key, as this release has them."""
    found: Mapping[str, str] = json.loads((FOLDER / "ar" / "words.json").read_text("utf-8"))
    return found


def translated(language: str, text: str) -> str:
    """Return words in a language; where its catalogues have a gap, in the next one."""
    for one in LANGUAGES[language]:
        if found := _catalogue(one).get(text):
            return found
    return text


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    return {
        entry.msgid: entry.msgstr
        for path in sorted((FOLDER / "locale" / language).glob("*.po"))
        for entry in polib.pofile(str(path))
        if entry.msgctxt is None and entry.translated()
    }


def _figures(plan: Paper, deviations: Mapping[str, float], language: str) -> Mapping[str, Any]:
    found: dict[str, Mapping[str, str]] = {}
    for item in plan["items"]:
        value = _value(item)
        if value is not None:
            number = Decimal(value[0]).quantize(Decimal("0.1"), rounding=ROUND_HALF_EVEN)
            main = _written(number, language) + value[1]
            found[f"{item['kind']}/{item['id']}"] = {"main": main}
    for segment_id, mm in deviations.items():
        number = Decimal(mm).quantize(Decimal("0.001"), rounding=ROUND_CEILING)
        found[f"segment/{segment_id}"] = {"deviation": _written(number, language) + " mm"}
    return found


def _value(item: Paper) -> tuple[float, str] | None:
    """Return the number that stands beside an item's name, with its unit."""
    kind = item["kind"]
    if kind == "no_go_zone":
        return float(item["margin_mm"]), " mm"
    if kind == "angle":
        apex = np.array(item["apex_lps_mm"], np.float64)
        legs = [np.array(item[key], np.float64) - apex for key in ("first_lps_mm", "second_lps_mm")]
        one, other = (leg / np.linalg.norm(leg) for leg in legs)
        half = np.arctan2(np.linalg.norm(one - other), np.linalg.norm(one + other))
        return float(np.degrees(2.0 * half)), "°"
    if kind not in ENDS:
        return None
    start, end = (np.array(item[key], np.float64) for key in ENDS[kind])
    return float(np.linalg.norm(end - start)), " mm"


def _written(number: Decimal, language: str) -> str:
    return str(number).replace(".", ",") if language == "fr" else str(number)


def _differs(path: str, what: str) -> Fault:
    return Fault("verify-ar-differs", path=path, what=what)
