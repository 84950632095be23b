"""A case with its steps back and forward, as one immutable value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from planning.case.bricks import StoredMask
from planning.case.case import Case, Touched
from planning.case.edits import Edit

STEPS_MAX = 200
BYTES_MAX = 256 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One step of a stack: `case` is where it leads to, `below` the step under it.

    `held_bytes` counts the bytes of masks and recipes of `case` that its other side doesn't share.
    """

    title: str
    touches: Touched
    case: Case
    held_bytes: int
    below: "Step | None" = None


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The present case, what undo leads to and what redo leads to.

    `is_cut` says that the oldest steps were let go of; with a file they are still in its journal.
    """

    case: Case
    done: Step | None = None
    undone: Step | None = None
    is_cut: bool = False

    def did(self, title: str, edits: Sequence[Edit], case: Case) -> "Timeline":
        """Return the timeline after a new step to `case`; what was undone is gone.

        After a final edit nothing before it can be taken back.
        """
        if any(edit.is_final for edit in edits):
            return Timeline(case)
        touches = Touched.NOTHING
        for edit in edits:
            touches |= edit.touches
        held = held_bytes(self.case, case)
        return Timeline(case, Step(title, touches, self.case, held, self.done), None, self.is_cut)

    def undid(self) -> "Timeline":
        """Return the timeline one step back; there must be one."""
        step = self.done
        assert step is not None
        back = Step(
            step.title, step.touches, self.case, held_bytes(self.case, step.case), self.undone
        )
        return replace(self, case=step.case, done=step.below, undone=back)

    def redid(self) -> "Timeline":
        """Return the timeline one step forward; there must be one."""
        step = self.undone
        assert step is not None
        back = Step(
            step.title, step.touches, self.case, held_bytes(self.case, step.case), self.done
        )
        return replace(self, case=step.case, undone=step.below, done=back)

    def within(self, steps_max: int, bytes_max: int) -> "Timeline":
        """Return the timeline with the steps furthest away let go of, beyond either limit.

        The next step back and the next one forward are kept whatever they hold.
        """
        held = 0
        stacks: list[Step | None] = []
        is_cut = self.is_cut
        for top in (self.done, self.undone):
            kept: list[Step] = []
            for step in below(top):
                held += step.held_bytes
                if kept and (len(kept) >= steps_max or held > bytes_max):
                    is_cut = True
                    break
                kept.append(step)
            stacks.append(top if kept and kept[-1].below is None else _stack(kept))
        return replace(self, done=stacks[0], undone=stacks[1], is_cut=is_cut)


def below(top: Step | None) -> Iterator[Step]:
    """Give the steps of a stack from the top."""
    while top is not None:
        yield top
        top = top.below


def _stack(steps: list[Step]) -> Step | None:
    top: Step | None = None
    for step in reversed(steps):
        top = replace(step, below=top)
    return top


def held_bytes(case: Case, other: Case) -> int:
    """Return the bytes of masks and recipes in `case` that `other` does not hold.

    Stored masks are free.
    """
    shared = {id(segment.mask) for segment in other.segments}
    said = {id(segment.recipe) for segment in other.segments}
    recipes = sum(len(one.recipe) for one in case.segments if id(one.recipe) not in said)
    return recipes + sum(
        segment.mask.words.nbytes
        for segment in case.segments
        if id(segment.mask) not in shared and not isinstance(segment.mask, StoredMask)
    )
