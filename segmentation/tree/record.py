"""A tree for others: findings for a person, rows of a table, and JSON that graph tools read.

The JSON is node-link data, as NetworkX's `node_link_graph` and D3 read it.
"""

from collections.abc import Mapping
from typing import Final

from segmentation.errors import Value
from segmentation.finding import Finding, Severity
from segmentation.tree.graph import Branch, Lps, Node, Tree

FORMAT: Final = "tasrif-tree"
VERSION: Final = 1
FRAME: Final = "DICOM LPS, mm"
AXES: Final = (("L", "R"), ("P", "A"), ("S", "I"))
Row = dict[str, object]


def rows(tree: Tree) -> list[Row]:
    """Return a row for each branch; lengths in mm, places in LPS mm."""
    return [_row(tree, branch) for branch in tree.branches]


def _row(tree: Tree, branch: Branch) -> Row:
    row: Row = {
        "branch": branch.number,
        "parent": branch.parent,
        "part": branch.part,
        "order": branch.order,
        "length_mm": branch.length_mm,
        "mean_radius_mm": branch.mean_radius_mm,
        "min_radius_mm": branch.min_radius_mm,
        "is_end": tree.nodes[branch.last].is_end,
    }
    ends = (tree.nodes[branch.first].place_lps_mm, tree.nodes[branch.last].place_lps_mm)
    places = (("narrowest", branch.narrowest_lps_mm), ("first", ends[0]), ("last", ends[1]))
    for word, place in places:
        row |= {f"{word}_{a}_lps_mm": x for a, x in zip("xyz", place, strict=True)}
    return row


def record(tree: Tree, name: str) -> dict[str, object]:
    """Return the tree of the segment `name` as node-link JSON."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "directed": True,
        "multigraph": False,
        "graph": {"segment": name, "frame": FRAME, "pieces_left_out": tree.left},
        "nodes": [_node(n, node) for n, node in enumerate(tree.nodes)],
        "links": [_link(tree, branch) for branch in tree.branches],
    }


def _node(n: int, node: Node) -> dict[str, object]:
    return {
        "id": n,
        "lps_mm": list(node.place_lps_mm),
        "radius_mm": node.radius_mm,
        "kind": "end" if node.is_end else "branch point",
    }


def _link(tree: Tree, branch: Branch) -> dict[str, object]:
    fields = _row(tree, branch)
    told = {key: fields[key] for key in fields if not key.endswith("_lps_mm")}
    return {
        "source": branch.first,
        "target": branch.last,
        **told,
        "narrowest_lps_mm": list(branch.narrowest_lps_mm),
        "points_lps_mm": branch.points_lps_mm.tolist(),
        "radius_mm": branch.radius_mm.tolist(),
    }


def told(tree: Tree, name: str) -> tuple[Finding, ...]:
    """Return what a person should know of a tree: its size, its narrowest place, what it lacks."""
    if not tree.branches:
        return (Finding("tree-none", Severity.WARN, {"segment": name}),)
    narrow = min(tree.branches, key=lambda branch: branch.min_radius_mm)
    values: dict[str, Value] = {
        "segment": name,
        "branches": len(tree.branches),
        "ends": tree.ends,
        "mm": round(tree.length_mm),
        "number": narrow.number,
        "diameter_mm": round(2.0 * narrow.min_radius_mm, 1),
        **_place(narrow.narrowest_lps_mm),
    }
    found = [Finding("tree-found", Severity.INFO, values)]
    if tree.left:
        found.append(Finding("tree-pieces-left", Severity.INFO, {"segment": name, "n": tree.left}))
    return tuple(found)


def _place(lps_mm: Lps) -> Mapping[str, Value]:
    """Return a place in letters and lengths."""
    place: dict[str, Value] = {}
    for axis, value, (plus, minus) in zip("xyz", lps_mm, AXES, strict=True):
        place[axis] = round(abs(value), 1)
        place[f"{axis}_side"] = plus if value >= 0.0 else minus
    return place
