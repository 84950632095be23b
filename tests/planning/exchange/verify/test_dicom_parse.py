"""The receiver's own parser of DICOM: what is not exactly what this release writes is a Fault."""

import struct

import pytest

from planning.exchange.verify.dicom_parse import DEPTH_MAX, ELEMENTS_MAX, PREAMBLE, Node, parsed
from planning.exchange.verify.verdict import Fault


def element(tag, kind, body, length=None):
    size = len(body) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, kind)
    if kind in (b"SQ", b"OB", b"UT"):
        return head + struct.pack("<HI", 0, size) + body
    return head + struct.pack("<H", size) + body


def nested(depth):
    body = b""
    for _ in range(depth):
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
        body = element(0x00081115, b"SQ", item)
    return body


def whole(*elements):
    meta = element(0x00020002, b"UI", b"1.2\0") + element(0x00020003, b"UI", b"1.3\0")
    meta += element(0x00020010, b"UI", b"1.2.840.10008.1.2.1\0")
    own = element(0x00080005, b"CS", b"ISO_IR 192") + element(0x00080016, b"UI", b"1.2\0")
    own += element(0x00080018, b"UI", b"1.3\0")
    return PREAMBLE + meta + own + b"".join(elements)


HOSTILE = {
    "empty": b"",
    "no preamble": whole()[128:],
    "code in the preamble": b"MZ" + whole()[2:],
    "too deep": whole(nested(DEPTH_MAX + 1)),
    "longer than the file": whole(element(0x00100010, b"PN", b"A^", 4000)),
    "undefined length": whole(element(0x00081115, b"SQ", b"", 0xFFFFFFFF)),
    "no item": whole(element(0x00081115, b"SQ", b"\1\0\2\0\0\0\0\0")),
    "item too long": whole(element(0x00081115, b"SQ", b"\xfe\xff\0\xe0\xff\xff\xff\x7f")),
    "odd length": whole(element(0x00100010, b"PN", b"A", 1)),
    "twice": whole(element(0x00100010, b"PN", b"A^"), element(0x00100010, b"PN", b"A^")),
    "not in order": whole(element(0x00100020, b"LO", b"A "), element(0x00100010, b"PN", b"A^")),
    "private": whole(element(0x00110010, b"LO", b"OTHER ")),
    "unknown kind": whole(element(0x00100010, b"??", b"A^")),
    "cut": whole(element(0x00100010, b"PN", b"A^"))[:-1],
    "half a head": whole(b"\x10\0\x10\0"),
    "meta behind": whole(element(0x00020012, b"UI", b"1.4\0")),
    "other syntax": whole().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"),
    "other set": whole().replace(b"ISO_IR 192", b"ISO_IR 100"),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_file_is_a_fault(body):
    assert parsed(whole(nested(DEPTH_MAX)), "x").uid(0x00080018) == "1.3"
    with pytest.raises(Fault) as fault:
        parsed(body, "x")
    assert fault.value.code == "verify-dicom-unreadable"


ODD = {
    "text": (0x00100010, b"\xff\xfe", lambda node: node.text(0x00100010)),
    "UID": (0x0020000D, b"1.02", lambda node: node.uid(0x0020000D)),
    "long UID": (0x0020000D, b"1." * 32 + b"1", lambda node: node.uid(0x0020000D)),
    "decimal": (0x00200032, b"1,5", lambda node: node.decimals(0x00200032)),
    "no number": (0x00200032, b"nan", lambda node: node.decimals(0x00200032)),
    "whole": (0x00280010, b"abc", lambda node: node.whole(0x00280010)),
    "half a float": (0x00700022, b"123", lambda node: node.floats(0x00700022, 4)),
    "no float": (0x00700022, b"\0\0\xc0\x7f", lambda node: node.floats(0x00700022, 4)),
    "no item": (0x00081115, b"", lambda node: node.item(0x00081115)),
}


@pytest.mark.parametrize(("tag", "value", "read"), ODD.values(), ids=ODD.keys())
def test_a_value_that_is_none_of_its_kind_is_a_fault(tag, value, read):
    with pytest.raises(Fault) as fault:
        read(Node("x", {tag: value}))
    assert fault.value.code == "verify-dicom-unreadable"


def test_values_of_each_kind_are_read():
    """Bytes written by hand, as PS3.5 has them."""
    node = Node("x", {1: "é ".encode(), 2: b"2.25.7\0", 3: b"-1.5\\2e1", 4: b"\x07\0", 5: b"12"})
    assert (node.text(1), node.uid(2), node.decimals(3)) == ("é", "2.25.7", [-1.5, 20.0])
    assert (node.whole(4), node.whole(5)) == (7, 12)
    assert Node("x", {6: struct.pack("<2f", 1.5, -2)}).floats(6, 4).tolist() == [1.5, -2.0]
    assert ELEMENTS_MAX > 200_000
