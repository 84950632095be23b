"""The branches of segments of tubes: as node-link JSON, as words and as a table."""

from argparse import Namespace

from app.console.command import Answer
from app.console.found import finding_fields, finding_words
from app.console.segment_table import chosen, table
from planning.case.file import open_case
from segmentation.errors import Misuse
from segmentation.progress import Progress, share

Row = dict[str, object]


def run(options: Namespace, progress: Progress) -> Answer:
    """Answer the trees of the named segments, or of all that hold anything."""
    from segmentation.tree.build import Rule, tree_of
    from segmentation.tree.record import record, rows, told

    if options.segments or options.quality:
        raise Misuse("one-table-only")
    with open_case(options.case, read_only=True) as file:
        case = file.case
        segments = [one for one in chosen(case, options.names) if not one.mask.is_empty]
    trees, lines, all_rows = list[Row](), list[str](), list[Row]()
    for n, segment in enumerate(segments):
        stage = share(progress, n / len(segments), (n + 1) / len(segments))
        tree = tree_of(case.volume.grid, segment.mask, Rule(), stage)
        found = told(tree, segment.name)
        findings = {"findings": [finding_fields(one) for one in found]}
        trees.append({"id": str(segment.id), **record(tree, segment.name), **findings})
        own = rows(tree)
        all_rows += [{"segment": segment.name, **row} for row in own]
        lines += [*map(finding_words, found), *map(words, own)]
    return Answer({"trees": trees}, table(all_rows) if options.csv else tuple(lines))


def words(row: Row) -> str:
    """Return a branch as one line."""
    text = (
        "  {branch} (from {parent}, order {order}): {length_mm:.1f} mm,"
        " radius {mean_radius_mm:.2f} mm, at least {min_radius_mm:.2f} mm"
    )
    return text.format_map(row)
