"""The kind of value that the standard gives to what tells geometry and identity (row SEC-3).

A file that gives one of these another value representation is refused: readers would disagree on
what it says. Source: DICOM PS3.6 section 6.
"""

from typing import Final

UNSIGNED_SHORT: Final = frozenset(
    {0x00280002, 0x00280010, 0x00280011} | set(range(0x00280100, 0x00280104))
)
VALUE_KINDS: Final[dict[int, tuple[bytes, ...]]] = {
    **dict.fromkeys(UNSIGNED_SHORT, (b"US",)),
    **dict.fromkeys((0x00280120, 0x00280121), (b"US", b"SS")),
    **dict.fromkeys(
        (0x00200032, 0x00200037, 0x00280030, 0x00180050, 0x00180088, 0x00281052, 0x00281053),
        (b"DS",),
    ),
    **dict.fromkeys((0x00280008, 0x00200012, 0x00200013, 0x00200100, 0x00201209), (b"IS",)),
    **dict.fromkeys(
        (
            0x00020002,
            0x00020010,
            0x00080016,
            0x00080018,
            0x0020000D,
            0x0020000E,
            0x00200052,
            0x00209161,
        ),
        (b"UI",),
    ),
    **dict.fromkeys((0x00080008, 0x00080060, 0x00100040, 0x00280004, 0x00089007), (b"CS",)),
    **dict.fromkeys((0x00100020, 0x00100021, 0x00281054), (b"LO",)),
    **dict.fromkeys((0x00209162, 0x00209163, 0x00209156), (b"US",)),
    **dict.fromkeys((0x00209228, 0x00209157, 0x00209128), (b"UL",)),
    0x00100010: (b"PN",),
    0x00100030: (b"DA",),
    0x00209056: (b"SH",),
    0x00209165: (b"AT",),
    0x00209167: (b"AT",),
    0x7FE00010: (b"OB", b"OW"),
}
