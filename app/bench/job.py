"""What is measured: one piece of work of ours, and the same work by its peers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.bench.material import Material

Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Peer:
    """Another way to the same result.

    Attributes
    ----------
    name
        As people know it, with the call that is measured.
    prepare
        Imports the library (ImportError: it isn't installed), makes what it reads, and returns
        the work itself.
    same
        Whether our result and the peer's agree, within what the job says in `tolerance`.
    floor
        The least ratio that is promised, None where none is.
    """

    name: str
    prepare: Callable[[], Call]
    same: Callable[..., bool]
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One row for each peer, or one row without a peer.

    Attributes
    ----------
    name, size
        What is done, and on how much.
    ours
        Our work; its result is held against each peer's before anything is timed.
    budget_ms, budget_mib
        What a person may notice (DESIGN section 7), None where nothing is said.
    ms_of
        Reads the milliseconds from the result, where they are not how long the call took.
    peak_mib_of
        Reads the peak from the result of work in a process of its own; None for work in this
        process, whose growth is measured.
    lacking
        Code of the sentence that says why nothing can be measured here; empty where it can.
    """

    name: str
    size: str
    ours: Call
    peers: tuple[Peer, ...] = ()
    budget_ms: float | None = None
    budget_mib: float | None = None
    tolerance: str = "equal"
    peak_mib_of: Callable[..., float] | None = None
    ms_of: Callable[..., float] | None = None
    lacking: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of jobs; they are made one after the other, each when the last one is done."""

    name: str
    jobs: Callable[[Material], Iterator[Job]]
