"""What a check is: a function of a view of the case that yields findings and what passed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from planning.case.case import Case, SegmentId
from planning.checks.finding import Passed, PlanFinding
from planning.measures import MeasureView, Quantity, Result, measured
from planning.measures.surfaces import Surfaces
from planning.model.trajectory import Trajectory
from segmentation.progress import Progress, silent


@dataclass(frozen=True)
class CheckView:
    """What a check may read: the case, its surfaces (kept between calls), and today's date.

    Nothing of how segments and items look enters a check (HAZ-33).
    """

    case: Case
    surfaces: Surfaces
    today: date
    progress: Progress = silent

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """Every number of the plan's items, and why there is none; measured once."""
        view = self.measuring
        return tuple(result for item in self.case.plan.items for result in measured(view, item))

    @property
    def measuring(self) -> MeasureView:
        """The same, as measures take it."""
        return MeasureView(self.case, self.surfaces, self.progress)

    def quantities(self, name: str) -> Iterator[tuple[Trajectory, Quantity]]:
        """Yield the trajectories that a measure gave a number for, each with it."""
        for result in self.results:
            if result.name == name and isinstance(result, Quantity):
                yield self.trajectory(result.subject), result

    def trajectory(self, item_id: str) -> Trajectory:
        """Return the trajectory with this id."""
        return next(one for one in self.case.plan.of(Trajectory) if one.id == item_id)

    def name_of(self, subject_id: str) -> str:
        """Return the name of an item or a segment; the id itself of one that is gone."""
        known = {str(one.id): one.name for one in self.case.segments}
        known |= {str(one.id): one.name for one in self.case.plan.items}
        return known.get(subject_id, subject_id)

    def is_solid(self, segment_id: SegmentId) -> bool:
        """Return whether there is such a segment, and a voxel in it."""
        return any(one.id == segment_id and not one.mask.is_empty for one in self.case.segments)


Checked = Iterator[PlanFinding | Passed]
Check = Callable[[CheckView], Checked]
