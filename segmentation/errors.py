"""How Tasrif says no: a code with values.

The sentence lives in the catalogues of `resources/locale`.

Every refusal is the user's to solve. Anything else that is raised is a bug.
"""

from typing import ClassVar

Value = str | int | float


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """Bad input: what, where and the way out follow from `code` and `values` (exit code 3)."""

    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, **values: Value) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values


class Misuse(Refusal):
    """A command was called the wrong way (exit code 2)."""

    exit_code = 2


class Unavailable(Refusal):
    """The environment is at fault: full disk, read-only place, vanished medium, lock (exit 4)."""

    exit_code = 4


class Denied(Refusal):
    """A judged no: something blocks, or a proof does not hold (exit code 1)."""

    exit_code = 1


class Cancelled(Exception):  # noqa: N818 - the user's own wish
    """Work was stopped on request; the state before it still holds (exit code 130)."""
