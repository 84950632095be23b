"""JSON read without trust, and written again by RFC 8785 to see that it is canonical.

A reader of its own: the package's writer uses another library, so neither can hide the other's
mistake.
"""

import json
import math
import re
from typing import Final, NoReturn, cast

from planning.exchange.verify.verdict import Fault

Json = dict[str, object]
DEPTH_MAX: Final = 32
INTEGER_MAX: Final = 2**53
NUMBER_LENGTH_MAX: Final = 32
ESCAPES: Final = {
    '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t",
}  # fmt: skip
ESCAPED: Final = re.compile(r'["\\\x00-\x1f]')


def read_object(body: bytes, path: str) -> Json:
    """Return the JSON object of some bytes.

    A Fault for what is no object, for keys that stand twice, numbers that are not finite or
    beyond 2**53 in whole ones, and nesting deeper than 32.
    """

    def unreadable(*_: object) -> NoReturn:
        raise Fault("verify-json-unreadable", path=path)

    def pairs(found: list[tuple[str, object]]) -> Json:
        record = dict(found)
        return record if len(record) == len(found) else unreadable()

    def whole(text: str) -> int:
        if len(text) > NUMBER_LENGTH_MAX or abs(int(text)) > INTEGER_MAX:
            unreadable()
        return int(text)

    def real(text: str) -> float:
        if len(text) > NUMBER_LENGTH_MAX or not math.isfinite(float(text)):
            unreadable()
        return float(text)

    try:
        read = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=pairs,
            parse_int=whole,
            parse_float=real,
            parse_constant=unreadable,
        )
    except (ValueError, RecursionError):
        unreadable()
    if not isinstance(read, dict) or _is_deep(read):
        unreadable()
    return cast("Json", read)


def _is_deep(value: object) -> bool:
    """Return whether something is nested deeper than 32, without recursion."""
    level: list[object] = [value]
    for _ in range(DEPTH_MAX):
        level = [inner for outer in level for inner in _inner(outer)]
        if not level:
            return False
    return True


def _inner(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def require_canonical(read: Json, body: bytes, path: str) -> None:
    """Raise a Fault unless `body` is the one way to write what was read (RFC 8785)."""
    try:
        canonical = written(read).encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair
        raise Fault("verify-json-unreadable", path=path) from None
    if canonical != body:
        pairs = zip(canonical, body, strict=False)
        at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(canonical), len(body)))
        raise Fault("verify-not-canonical", path=path, at=at)


def written(value: object) -> str:
    """Return a value of JSON in canonical form (RFC 8785, section 3.2)."""
    if isinstance(value, dict):
        # Section 3.2.3: keys sort by their UTF-16 code units.
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(key)}:{written(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return _number(float(value))
    raise TypeError(type(value).__name__)


def _text(text: str) -> str:
    def escaped(match: re.Match[str]) -> str:
        return ESCAPES.get(match[0], f"\\u{ord(match[0]):04x}")

    return f'"{ESCAPED.sub(escaped, text)}"'


def _number(number: float) -> str:
    """Return a double as ECMAScript writes it (ECMA-262, Number::toString)."""
    if number == 0.0:
        return "0"
    sign = "-" if number < 0.0 else ""
    mantissa, _, power = f"{abs(number)!r}".partition("e")
    whole, _, behind = mantissa.partition(".")
    digits = (whole + behind).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + behind) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        text = digits.ljust(point, "0")
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{rest}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + text
