"""Where a tool may change voxels, as options of the command line."""

from argparse import ArgumentParser, Namespace

from segmentation.area import HU_MAX, HU_MIN, Area, Overlap, box_of
from segmentation.errors import Misuse


def add_area(parser: ArgumentParser) -> None:
    """Add the options of an area."""
    parser.add_argument("--inside", metavar="NAME", help="change voxels of this segment only")
    parser.add_argument(
        "--outside", nargs="+", action="extend", default=[], metavar="NAME",
        help="change no voxel of these segments",
    )  # fmt: skip
    parser.add_argument("--hu", metavar="LO:HI", help="change voxels of these values only")
    parser.add_argument("--box", metavar="X,Y,Z;X,Y,Z", help="change voxels of a box (LPS mm) only")
    parser.add_argument(
        "--overlap", choices=[str(one) for one in Overlap], default=str(Overlap.ALLOW),
        help="voxels of other segments: hold them too, take them, or spare them",
    )  # fmt: skip


def asked_area(options: Namespace) -> Area:
    """Return the area that the words ask for.

    Raises
    ------
    Misuse
        `area-range-unreadable`, `area-box-unreadable`.
    Refusal
        `range-empty`.
    """
    lower, upper = (HU_MIN, HU_MAX) if options.hu is None else _range(options.hu)
    box = None
    if options.box is not None:
        try:
            box = box_of([[float(x) for x in p.split(",")] for p in options.box.split(";")])
        except ValueError:
            raise Misuse("area-box-unreadable", text=options.box) from None
    outside = tuple(dict.fromkeys(options.outside))
    return Area(options.inside or "", outside, lower, upper, box, Overlap(options.overlap))


def _range(text: str) -> tuple[int, int]:
    low, colon, high = text.partition(":")
    try:
        bounds = int(low or HU_MIN), int(high or HU_MAX)
    except ValueError:
        raise Misuse("area-range-unreadable", text=text) from None
    if not colon or not all(HU_MIN <= one <= HU_MAX for one in bounds):
        raise Misuse("area-range-unreadable", text=text)
    return bounds
