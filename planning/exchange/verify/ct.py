"""The CT that a plan was made on, found again and known by its hash."""

from collections.abc import Iterator
from pathlib import Path

from planning.exchange.verify.papers import Paper
from planning.exchange.verify.verdict import Fault, Held
from segmentation.errors import Refusal, Unavailable
from segmentation.io.load import load
from segmentation.io.scan import SeriesFound, scan
from segmentation.progress import Progress, share
from segmentation.volume import Volume


def series_at(path: Path, plan: Paper, progress: Progress) -> tuple[SeriesFound, ...]:
    """Return the series at a path that the plan may name; all when none bears its UID.

    Raises
    ------
    Refusal
        What `scan` says about a path without a CT.
    """
    found = tuple(scan(path, progress).series)
    uid = plan["volume"]["series_uid"]
    named = tuple(one for one in found if uid in (one.uid, one.header.series_uid))
    return named or found


def matching_volume(
    series: tuple[SeriesFound, ...], plan: Paper, progress: Progress
) -> Held[Volume]:
    """Return the volume whose hash the plan states; a Fault when no series gives it.

    It is read as the plan says it was: regularised, or to look at only.
    """
    stated = plan["volume"]
    for volume in _volumes(series, stated, progress):
        if volume.sha256() == stated["sha256"]:
            return Held(volume, "verify-ct-ok")
    raise Fault("verify-ct-differs", series=str(stated["series_uid"])[:64])


def _volumes(
    series: tuple[SeriesFound, ...], stated: Paper, progress: Progress
) -> Iterator[Volume]:
    for n, one in enumerate(series):
        part = share(progress, n / len(series), (n + 1) / len(series))
        try:
            loaded = load(
                one,
                part,
                view_only=stated["outcome"] == "view_only",
                regularise=stated["regularised_mm"] is not None,
            )
        except Unavailable:
            raise
        except Refusal:  # that series is not the one
            continue
        yield loaded.volume
