"""What a loaded volume may be used for."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a loaded volume may be used for (DESIGN section 3)."""

    PLAN_GRADE = "plan_grade"
    VIEW_ONLY = "view_only"
    REFUSED = "refused"
