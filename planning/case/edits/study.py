"""Edits of what is declared about the whole case."""

from dataclasses import dataclass, replace
from typing import ClassVar

from planning.case.case import Case, Side, Touched
from planning.case.edits.edit import Edit


@dataclass(frozen=True, slots=True)
class SetSide(Edit):
    """Declare the side to operate."""

    title: ClassVar[str] = "Set side"
    touches: ClassVar[Touched] = Touched.STUDY
    side: Side

    def apply(self, case: Case) -> Case:
        """Return the case with this side."""
        return case if case.side == self.side else replace(case, side=self.side)

    def supersedes(self, earlier: Edit) -> bool:
        """Return True for an earlier side."""
        return isinstance(earlier, SetSide)
