"""One button: look for all structures of the body; what is found becomes segments to look at."""

from typing import TYPE_CHECKING, Final

from app.desk import Desk
from app.language import translate as _
from app.language import translate_n
from app.segments import new_segment
from segmentation.progress import Progress

if TYPE_CHECKING:
    from segmentation.effects.effect import Outcome

KEY: Final = "anatomy"
TITLE: Final = "Find anatomy"


def find_anatomy(desk: Desk) -> None:
    """Start the search; its answer is one step that adds the segments, and can be undone."""
    case = desk.case
    if case is None or not desk.can_edit:
        return
    segment = new_segment(case)  # only lends its recipe; it isn't added itself

    def work(progress: Progress) -> "Outcome":
        from app.segmenting import applied
        from segmentation.effects.anatomy import Anatomy

        return applied(case, segment, Anatomy(), progress)

    def took(made: "Outcome") -> None:
        from app.segmenting import edits_for
        from segmentation.effects.anatomy import Anatomy

        edits = edits_for(case, segment, Anatomy(), made)[1:]
        if not edits:
            desk.say(_("No structure stands out clearly enough in this scan."), "warn")
        elif desk.do_all(edits, TITLE):
            one = "{n} structure was found. Look at it before you use it."
            many = "{n} structures were found. Look at each before you use it."
            desk.say(translate_n(one, many, len(edits)))

    def is_wanted() -> bool:
        return desk.case is case

    desk.work(_("Looking for anatomy"), work, took, key=KEY, is_wanted=is_wanted)
