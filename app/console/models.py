"""`tasrif models`: the models that the hospital placed, and whether each may be run."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app import settings as stored
from app.console.command import Answer, Command
from app.language import remedy, sentence, translate
from segmentation.errors import Misuse, Refusal
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.models.shelf import Placed

Row = dict[str, object]


def add_models(parser: ArgumentParser) -> None:
    """Add the option that names the folder of models."""
    parser.add_argument(
        "--models", type=Path, metavar="DIR",
        help="the folder where the hospital places models (default: the one of the settings)",
    )  # fmt: skip


def use_models(options: Namespace) -> Path | None:
    """Take models from the folder that the words name, else from the one of the settings."""
    from segmentation.models import shelf

    place: Path | None = options.models or stored.models_place(stored.read())
    shelf.use(place)
    return place


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_models(parser)
    parser.add_argument("--check", action="store_true", help="hold each file against its hash")


def run(options: Namespace, progress: Progress) -> Answer:
    """Answer which models there are; with --check exit 1 if one may not be run."""
    from segmentation.models import total
    from segmentation.models.shelf import placed

    place = use_models(options)
    if place is None:
        raise Misuse("models-folder-unnamed")
    rows = []
    known = placed()
    for n, one in enumerate(known):
        progress(n, len(known))
        rows.append(row_of(one, is_checked=options.check))
    if total.installed() is not None:
        rows.append({"name": total.NAME, "title": total.TITLE, "task": "segment", "finds": []})
    words = [line for row in rows for line in lines_of(row)]
    if not rows:
        words = [translate("No model lies in this folder. Each has a folder of its own in it.")]
    is_wrong = any("code" in row for row in rows)
    return Answer({"models": rows}, tuple(words), 1 if is_wrong and options.check else 0)


def row_of(one: "Placed", *, is_checked: bool) -> Row:
    """Return the JSON shape of a model: its manifest's main fields, or what is wrong with it."""
    manifest = one.manifest
    if manifest is None:
        assert one.fault is not None
        return {"folder": one.folder.name, **_fault(one.fault)}
    row: Row = {
        "folder": one.folder.name,
        "name": manifest.name,
        "title": manifest.title,
        "version": manifest.version,
        "licence": manifest.licence,
        "source": manifest.source,
        "task": manifest.task,
        "sha256": manifest.sha256,
        "finds": [{"name": label.name, "code": label.code} for label in manifest.labels],
    }
    if not is_checked:
        return row
    from segmentation.models.shelf import checked_files

    try:
        checked_files(one.folder, manifest)
    except Refusal as refusal:
        return row | _fault(refusal)
    return row | {"checked": True}


def _fault(refusal: Refusal) -> Row:
    words = sentence(refusal.code, refusal.values), remedy(refusal.code, refusal.values)
    return {"code": refusal.code, "message": " ".join(words).strip()}


def lines_of(row: Row) -> list[str]:
    """Return a model in words."""
    lines = []
    if "name" in row:
        finds = row["finds"]
        assert isinstance(finds, list)
        names = ", ".join(str(one["name"]) for one in finds)
        checked = f", {translate('checked')}" if row.get("checked") else ""
        text = "{name}: {title}".format_map(row)
        if "version" in row:
            text = "{name} {version}: {title}, {licence}".format_map(row)
        lines = [text + checked, *([f"  {names}"] if names else [])]
    if "code" in row:
        lines.append(f"  {row['message']}" if lines else f"{row['folder']}: {row['message']}")
    return lines


COMMAND = Command(
    "models", "list the models that the hospital placed, and check them", add_arguments, run
)
