"""The child process of this folder's tests: the whole road from a series to a verified package.

`road CT OUT [import words...]` walks it once and tells on standard output, as JSON, which sockets
Python code asked for. `same CASE KEY OUT` does again what must give the same bytes: masks, meshes
and the package of a sealed case. `demo OUT NAME` makes a phantom's.
"""

import sys

ATTEMPTS: list[str] = []
"""Each event of Python's that reaches for another machine, or for its name."""


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        return
    # A socket that is made, and bound to this machine itself, has called nobody: urllib3, which
    # pydicom takes in where it is there, looks so at its import whether there is IPv6.
    is_own = event == "socket.bind" and str(arguments[1]).startswith(("('::1'", "('127.0.0.1'"))
    if event != "socket.__new__" and not is_own:
        ATTEMPTS.append(f"{event} {arguments[1:]}")


sys.addaudithook(watch)

import json  # noqa: E402 - the watch comes before everything else
import os  # noqa: E402
import shutil  # noqa: E402
from pathlib import Path  # noqa: E402

from app import cli  # noqa: E402
from planning.exchange import EXPORTERS  # noqa: E402

ALL = ",".join(exporter.name for exporter in EXPORTERS)
SCANNED = "--- scanned"
PASSPHRASE = "a passphrase of the tests"


def run(*words: object, codes: tuple[int, ...] = (0,)) -> None:
    """Run one command; what it says goes to standard error, which the tests search, too."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        code = cli.main([str(word) for word in words])
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
    if code not in codes:
        raise SystemExit(f"{words} ended with {code}")


def segmented(case: Path) -> None:
    """Give a case of `conftest.Block` its bone and its soft lump."""
    run("segment", case, "--tool", "threshold", "--set", "lower_hu=400", "--into", "Bone")
    ranges = ("lower_hu=120", "upper_hu=260")
    run("segment", case, "--tool", "threshold", "--set", *ranges, "--into", "Lump")
    run("segment", case, "--tool", "islands", "--set", "min_ml=0.05", "--into", "Lump")


def sealed(case: Path, key: Path, code: str, items: Path) -> None:
    """Plan, answer what blocks, and seal."""
    run("plan", case, "--apply", items)
    reasons = os.environ["ROAD_REASONS"].split(",")
    for reason in filter(None, reasons):
        words = ("--override", reason, "--reason", "A test of the whole road")
        run("check", case, *words, codes=(0, 1, 3))
    run("check", case)
    run("keygen", "--out", key)
    run("seal", case, "--key", key, "--confirm", f"{code} L", "--by", "Dr Test, surgeon")


def road(ct: Path, out: Path, *words: str) -> None:
    """Scan, import, segment, plan, check, seal, hand over to every destination, verify."""
    case, key, package = out / "case.tasrif", out / "key.json", out / "package"
    run("scan", ct)
    sys.stderr.write(f"{SCANNED}\n")
    sys.stderr.flush()
    run("import", ct, "--out", case, "--side", "L", "--code", "R-7", *words)
    segmented(case)
    sealed(case, key, "R-7", out / "items.json")
    for words_of in (("info",), ("history",), ("measure",)):
        run(*words_of, case)
    run("measure", case, "--csv")
    run("mesh", case, "--segment", "Bone", "--out", out / "bone.stl")
    run("render", case, "--view", "axial,3d", "--out", out / "views.png")
    run("export", case, "--to", ALL, "--out", package, "--key", key)
    seen = () if "--deidentify" in words else ("--ct", ct)
    run("verify", package, *seen)


def same(case: Path, key: Path, out: Path) -> None:
    """Compute again, from the same sealed case, what may not differ by a bit."""
    out.mkdir()
    shutil.copy(case, out / "again.tasrif")
    export = ("--to", ALL, "--out", out / "package", "--key", key, "--language", "en")
    run("export", out / "again.tasrif", *export)
    for tool, words in (
        ("threshold", ("lower_hu=400",)),
        ("smooth", ("sigma_mm=1.5",)),
        ("margin", ("margin_mm=1.0",)),
    ):
        run("segment", out / "again.tasrif", "--tool", tool, "--set", *words, "--into", "Bone")
        run("mesh", out / "again.tasrif", "--segment", "Bone", "--out", out / f"{tool}.stl")
    run("mesh", out / "again.tasrif", "--segment", "Bone", "--out", out / "bone.ply")
    (out / "again.tasrif").unlink()


def main() -> None:
    """Do what the first argument names."""
    os.environ["TASRIF_PASSPHRASE"] = PASSPHRASE
    what, *rest = sys.argv[1:]
    if what == "road":
        road(Path(rest[0]), Path(rest[1]), *rest[2:])
    elif what == "demo":
        run("demo", "--out", rest[0], "--phantom", rest[1])
    else:
        same(Path(rest[0]), Path(rest[1]), Path(rest[2]))
    counters = Path("/proc/self/net/snmp")
    told = counters.read_text() if counters.is_file() else ""
    sys.stdout.write(json.dumps({"attempts": ATTEMPTS, "snmp": told}) + "\n")


if __name__ == "__main__":
    main()
