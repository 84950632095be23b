"""ajv on documents, and poppler and zbar on a report: what they read and complain of."""

import unicodedata

from resources import FOLDER
from tests.planning.exchange.judges.programs import asked, program, run

SCHEMAS = FOLDER / "schemas"
PLACES = {
    "plan": "data/plan.json",
    "passport": "data/passport.json",
    "versions": "data/package/versions.json",
    "robot-frame": "data/robot/frame.json",
    "robot-paths": "data/robot/paths.json",
    "robot-zone": "data/robot/zones/*.json",
}
"""Where the documents of a package lie, by the name of their schema."""
SPREAD_DPI = 150


def answers_of_ajv(documents):
    """What ajv says of files by the name of their schema, in one call."""
    given = []
    for name, files in documents.items():
        given += [SCHEMAS / f"{name}.schema.json", *files]
    return asked("ajv", "schema.mjs", *given)


def ajv(folder):
    """Every document of a package that has a schema."""
    documents = {name: sorted(folder.glob(place)) for name, place in PLACES.items()}
    missing = [f"{name}: none" for name in ("plan", "passport") if not documents[name]]
    found = answers_of_ajv(documents)
    return missing + [f"{one['path']}: {one['errors']}" for one in found if not one["ok"]]


def page_texts(path):
    """The text of each page as poppler finds it, NFKC, without steering signs."""
    done = run(program("pdftotext", "poppler-utils"), path, "-")
    assert done.returncode == 0, done.stderr
    text = unicodedata.normalize("NFKC", done.stdout)
    kept = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return kept.split("\f")[:-1]


def pdftotext(path, words):
    """Words that are not on every page of a PDF."""
    done = run(program("pdftotext", "poppler-utils"), path, "-")
    if done.returncode or done.stderr:
        return [f"{path.name}: {done.stderr[-300:]}"]
    pages = page_texts(path)
    wrong = [f"{path.name}: page {n} has no {word}" for n, page in enumerate(pages, 1)
             for word in words if word not in page]  # fmt: skip
    return wrong if pages else [f"{path.name}: no page"]


def font_rows(path):
    """Whether each font of a PDF is embedded, a subset and with a way back to text."""
    lines = run(program("pdffonts", "poppler-utils"), path).stdout.splitlines()
    return [line.split()[-5:-2] for line in lines[2:]]


def pdffonts(path):
    """Fonts that a PDF doesn't bring with it whole."""
    rows = font_rows(path)
    wrong = [f"{path.name}: {row}" for row in rows if row != ["yes"] * 3]
    return wrong if rows else [f"{path.name}: no font"]


def scanned(path, folder):
    """What zbar reads on page one, drawn at 150 dpi."""
    run(program("pdftoppm", "poppler-utils"), "-r", SPREAD_DPI, "-l", 1, "-singlefile", "-png",
        path, folder / "page")  # fmt: skip
    said = run(program("zbarimg", "zbar-tools"), "-q", "--raw", folder / "page.png")
    return said.stdout.strip()


def zbarimg(path, folder, meant):
    """A code on page one that says something else than what was meant."""
    said = scanned(path, folder)
    return [] if said == meant else [f"{path.name}: {said!r} for {meant!r}"]
