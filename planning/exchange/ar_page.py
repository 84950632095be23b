"""One HTML page that shows a scene: it opens from disk, asks no network and runs nothing foreign.

The page's sources are in `resources/ar`; they are put into one file, with the scene as base64 and
the words as JSON. Its policy allows the one script and the one style sheet by their hashes.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from planning.exchange.exporter import Handover
from planning.exchange.glb_file import Part
from planning.exchange.words import Words
from planning.geometry.line import angle_deg, length_mm
from planning.measures.quantity import Rounding
from planning.measures.rounding import rounded
from planning.model.angle import Angle
from planning.model.distance import Distance
from planning.model.trajectory import Trajectory
from planning.model.zone import NoGoZone
from resources import FOLDER

SOURCES: Final = FOLDER / "ar"
SCRIPTS: Final = (
    "vector.js", "glb.js", "paint.js", "camera.js", "furniture.js", "panel.js", "gesture.js",
    "headset.js", "main.js",
)  # fmt: skip
FONTS: Final[Mapping[str, str]] = {"ar": "IBMPlexSansArabic"}
LATIN: Final = "IBMPlexSans"
WEIGHTS: Final = {400: "Regular", 600: "SemiBold"}
DRAWN_DECIMALS: Final = 3


def page_bytes(handover: Handover, parts: tuple[Part, ...], glb: bytes) -> bytes:
    """Return the page that shows the scene, in the language of the handover."""
    words = handover.words
    script, style = script_of(), style_of(words.language)
    places = {
        "language": words.language,
        "direction": "rtl" if words.language == "ar" else "ltr",
        "policy": policy(script, style),
        "style": style,
        "facts": as_data(facts(handover, parts)),
        "scene": base64.b64encode(glb).decode("ascii"),
        "script": script,
    }
    page = (SOURCES / "page.html").read_text("utf-8")
    pieces = page.split("{{")
    done = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        done += [places[name], rest]
    return "".join(done).encode()


def page_words() -> Mapping[str, str]:
    """Return the English words of the page, by the keys under which its script finds them."""
    found: Mapping[str, str] = json.loads((SOURCES / "words.json").read_text("utf-8"))
    return found


def script_of() -> str:
    """Return the one script."""
    body = "\n".join((SOURCES / name).read_text("utf-8") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def style_of(language: str) -> str:
    """Return the one style sheet, its fonts in it."""
    families = (LATIN, FONTS[language]) if language in FONTS else (LATIN,)
    faces = [
        face(FOLDER / "fonts" / f"{family}-{name}.woff", weight)
        for family in families
        for weight, name in WEIGHTS.items()
    ]
    licence = "/* IBM Plex: Copyright IBM Corp., SIL Open Font License 1.1. */"
    return "\n".join(["", licence, *faces, (SOURCES / "page.css").read_text("utf-8")])


def face(path: Path, weight: int) -> str:
    """Return a font as a rule of a style sheet."""
    body = base64.b64encode(path.read_bytes()).decode("ascii")
    ranges = "unicode-range: U+600-6FF, U+750-77F, U+FB50-FDFF, U+FE70-FEFF; "
    only = ranges if "Arabic" in path.name else ""
    source = f'src: url("data:font/woff;base64,{body}") format("woff");'
    return f'@font-face {{ font-family: "Tasrif"; font-weight: {weight}; {only}{source} }}'


def policy(script: str, style: str) -> str:
    """Return the policy of the page: nothing from anywhere, and only this script and style."""
    parts = (
        "default-src 'none'",
        f"script-src '{fingerprint(script)}'",
        f"style-src '{fingerprint(style)}'",
        "img-src data:",
        "font-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return html.escape("; ".join(parts))


def fingerprint(text: str) -> str:
    """Return a text's hash as a policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def as_data(value: Mapping[str, Any]) -> str:
    """Return JSON that can stand in HTML: no sign of it can end the element it is in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def facts(handover: Handover, parts: tuple[Part, ...]) -> Mapping[str, Any]:
    """Return what the page says beside the scene: words, figures of parts, the signer."""
    words = handover.words
    signer = "" if handover.is_draft else handover.case.seals[-1].fingerprint
    return {
        "language": words.language,
        "words": {key: words.text(text) for key, text in page_words().items()},
        "figures": figures(handover, parts),
        "signer": signer,
    }


def figures(handover: Handover, parts: tuple[Part, ...]) -> Mapping[str, Mapping[str, str]]:
    """Return the numbers that people read beside a part's name, by `KIND/ID`."""
    words = handover.words
    found: dict[str, dict[str, str]] = {}
    for item in handover.case.plan.items:
        match item:
            case Distance() | Trajectory():
                ends = item.places_lps_mm
                text = millimetres(words, length_mm(*ends), Rounding.NEAREST)
            case NoGoZone():
                text = millimetres(words, item.margin_mm, Rounding.NEAREST)
            case Angle():
                text = words.number(str(rounded(angle_at_deg(item), Rounding.NEAREST))) + "°"
            case _:
                continue
        found[f"{item.kind}/{item.id}"] = {"main": text}
    for part in parts:
        if part.extras["kind"] == "segment":
            most = millimetres(words, part.extras["deviation_mm"], Rounding.UP, DRAWN_DECIMALS)
            found[f"segment/{part.extras['id']}"] = {"deviation": most}
    return found


def angle_at_deg(item: Angle) -> float:
    """Return the angle at an item's apex."""
    apex = np.array(item.apex_lps_mm)
    return angle_deg(np.array(item.first_lps_mm) - apex, np.array(item.second_lps_mm) - apex)


def millimetres(words: Words, value_mm: float, rounding: Rounding, decimals: int = 1) -> str:
    """Return a length as people read it, its unit behind it."""
    return words.number(str(rounded(value_mm, rounding, decimals))) + " mm"
