"""The names and versions of the code on either side of a file, as the passport gives them."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache  # each look-up would be kept by `importlib.metadata` for good
def named(what: str, package: str = "tasrif") -> str:
    """Return `what` with its package's version, such as `Tasrif 0.1.0, STL writer`."""
    try:
        release = version(package)
    except PackageNotFoundError:
        release = "?"
    title = "Tasrif" if package == "tasrif" else package
    return f"{title} {release}, {what}"
