"""What every edit is: a title, what it touches, and a pure function from case to case."""

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

from planning.case.case import Case, Touched


class Edit(ABC):
    """One typed change of a case; subclasses are frozen dataclasses listed in `EDITS`.

    The field names of a subclass are its words in the journal, units last. A field that is added
    later needs a default, so that older journals still read.

    Attributes
    ----------
    title
        What the step is called in the undo menu; the English text is the catalogue's msgid.
    touches
        What viewers must redraw.
    keeps_seal
        Whether a sealed plan stays sealed, because nothing that a seal covers is changed.
    is_final
        Whether undo stops here: the step and those before it can't be taken back.
    """

    __slots__ = ()
    title: ClassVar[str]
    touches: ClassVar[Touched]
    keeps_seal: ClassVar[bool] = False
    is_final: ClassVar[bool] = False

    @abstractmethod
    def apply(self, case: Case) -> Case:
        """Return the changed case, or `case` itself when nothing differs.

        Raises
        ------
        Refusal
            When the case does not allow the change; the case stays as it was.
        """

    def supersedes(self, earlier: "Edit") -> bool:
        """Return whether this edit makes `earlier`, done just before it, needless.

        A gesture (a drag, a stroke) keeps only what it ended with.
        """
        return False


def done(edit: Edit, case: Case) -> Case:
    """Return the case after an edit; a seal ends with the first change of what it covers."""
    after = edit.apply(case)
    if after is case or edit.keeps_seal or not case.is_sealed:
        return after
    return replace(after, is_sealed=False)


def coalesced(edits: list[Edit]) -> tuple[Edit, ...]:
    """Return the edits of a gesture without those that a later neighbour supersedes."""
    kept: list[Edit] = []
    for edit in edits:
        if kept and edit.supersedes(kept[-1]):
            kept.pop()
        kept.append(edit)
    return tuple(kept)
