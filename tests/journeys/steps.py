"""What every journey does with the window, in the words of a person."""

from tests.journeys.hand import Hand, LpsPoint
from tests.window.screen import until


def open_tool(hand: Hand, name: str) -> None:
    """Open a tool by its tile, behind its tab where another one is in front."""
    if f"tool_{name}" not in hand.person.places():
        tab = {"find": 0, "draw": 1, "shape": 2, "combine": 3}[TABS[name]]
        hand.click(f"tools_{tab}")
    hand.click(f"tool_{name}")
    hand.person.place("tool_apply")


TABS = {
    "split-joint": "shape", "fill-holes": "shape", "islands": "shape", "smooth": "shape",
    "close-open": "shape", "between-slices": "shape", "margin": "shape",
    "logic": "combine", "mask-by": "combine", "scissors": "draw",
    "grow-many": "find", "doubtful-border": "find", "threshold": "find", "grow": "find",
    "metal": "find", "paint": "draw", "erase": "draw",
}  # fmt: skip


def rows(hand: Hand) -> list[str]:
    """The rows of the segment list from top to bottom."""
    places = hand.person.places()
    found = [name for name in places if f"eye_{name.removeprefix('segment_')}" in places]
    return sorted(found, key=lambda name: places[name][1])


def row(hand: Hand, n: int) -> str:
    """The n-th row, as soon as it is there and the tool is put away."""

    def look() -> str | None:
        seen = rows(hand)
        is_busy = "tool_apply" in hand.person.places()
        return seen[n] if len(seen) > n and not is_busy else None

    return until(look, what=f"row {n} of the segments")


def choose(hand: Hand, n: int) -> None:
    """Choose the n-th segment of the list."""
    hand.click(row(hand, n), 0.35)


def rename(hand: Hand, n: int, words: str) -> None:
    """Name the n-th segment: a double click on its row, its name, Enter."""
    own = row(hand, n)
    hand.still(own)
    x, y = hand.person.point(own, 0.3)
    hand.person.tool("mousemove", x, y, "click", "--repeat", 2, "--delay", 60, 1)
    hand.count.clicks += 2
    hand.person.place(f"rename_{own[8:]}")
    hand.write(words)
    hand.press("Return")
    until(lambda: f"rename_{own[8:]}" not in hand.person.places(), what="the name to be kept")


def joint(hand: Hand, own: LpsPoint, other: LpsPoint, name: str) -> None:
    """Part two bones: a click on each, and a name for the one that goes."""
    open_tool(hand, "split-joint")
    hand.put(own)
    hand.put(other)
    hand.fill("other_name", name)
    hand.apply("joint")


def shape(hand: Hand, name: str) -> None:
    """Open a tool that needs nothing, and apply it."""
    open_tool(hand, name)
    hand.apply(name)


def take_away(hand: Hand, name: str) -> None:
    """Take another segment out of the chosen one."""
    open_tool(hand, "logic")
    hand.click("operation_subtract")
    hand.click("other")
    hand.press(name[0].lower(), "Return")  # the list of names goes to the letter
    hand.apply("subtract")


def new_segment(hand: Hand) -> None:
    """Make an empty segment, the last of the list."""
    before = len(rows(hand))
    hand.click("new_segment")
    row(hand, before)


def accept(hand: Hand, n: int) -> None:
    """Choose the n-th segment and mark it as reviewed."""
    own = f"accept_{row(hand, n)[8:]}"
    if own not in hand.person.places():
        choose(hand, n)
    hand.click(own)
    hand.wait_for(lambda: own not in hand.person.places(), "the mark")
