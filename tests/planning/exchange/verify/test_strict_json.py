"""Our canonical form against another library's and the examples of RFC 8785."""

import json
import struct

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planning.exchange.verify.strict_json import read_object, require_canonical, written
from planning.exchange.verify.verdict import Fault

whole = st.integers(-(2**53) + 1, 2**53 - 1)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaves = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | text
trees = st.recursive(leaves, lambda t: st.lists(t, max_size=4) | st.dictionaries(text, t))


@given(trees)
def test_both_libraries_write_the_same(tree):
    assert written(tree).encode() == rfc8785.dumps(tree)


def is_short(number):
    """Whether it is no whole number that would be written beyond 2**53 in full."""
    return abs(number) <= 2**53 or abs(number) >= 1e21


small = st.floats(allow_nan=False, allow_infinity=False).filter(is_short)


@settings(
    max_examples=50, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(st.dictionaries(text, st.lists(leaves.filter(lambda x: type(x) is not float) | small)))
def test_what_another_library_wrote_is_canonical(tree):
    body = rfc8785.dumps(tree)
    require_canonical(read_object(body, "x"), body, "x")


# RFC 8785, appendix B.
@pytest.mark.parametrize(
    ("bits", "said"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_the_standard_says(bits, said):
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert written(number) == said


def test_keys_sort_by_their_utf16():
    # RFC 8785, section 3.2.3.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(written(dict.fromkeys(keys, 1)))) == order


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1e400}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":9007199254740993}',
        b'{"a":-Infinity}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":' + b"[" * 32 + b"]" * 32 + b"}",
        b"[" * 100_000,
        b'{"a":1}x',
        b'{"a":0.' + b"1" * 40 + b"}",
    ],
)
def test_what_nobody_needs_is_refused(body):
    with pytest.raises(Fault) as fault:
        read_object(body, "x")
    assert fault.value.code == "verify-json-unreadable"
