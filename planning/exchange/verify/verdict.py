"""What the receiver is told: each check with its outcome, and the verdict over all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from segmentation.errors import Refusal, Unavailable, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckDone:
    """One check: its name in files, whether it holds, and its sentence as code and values."""

    name: str
    ok: bool
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The receiver's answer about one package.

    Attributes
    ----------
    passed
        Whether every check held.
    state, kind
        "draft" or "sealed", "clinical" or "simulation", as the package says it; "" when it doesn't.
    signer
        Fingerprint of the key whose signature holds; None without one.
    signer_trusted
        Whether it is the expected fingerprint; None when none was expected.
    checks
        In the order they ran. After a wrong hash or signature nothing further is read.
    not_recomputed
        How many stated numbers were taken as they stand, since the CT was not at hand.
    """

    passed: bool
    state: str
    kind: str
    signer: str | None
    signer_trusted: bool | None
    checks: tuple[CheckDone, ...]
    not_recomputed: int


class Fault(Exception):  # noqa: N818 - an answer about the package, not an error of the program
    """A check does not hold; `code` and `values` say why."""

    def __init__(self, code: str, **values: Value) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """A check that holds: what it brought, and its sentence."""

    value: T
    code: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(slots=True)
class Checks:
    """Runs checks and notes how each ended; malformed content is a fault, never an exception."""

    done: list[CheckDone] = field(default_factory=list)

    def run(self, name: str, check: Callable[[], Held[T]]) -> T | None:
        """Return what the check brought, None when it does not hold."""
        try:
            held = check()
        except Fault as fault:
            self.done.append(_done(name, fault.code, fault.values, ok=False))
            return None
        except Unavailable:  # not the package's fault
            raise
        except Refusal as no:  # a value that the planner itself would refuse
            self.done.append(_done(name, no.code, no.values, ok=False))
            return None
        self.done.append(_done(name, held.code, held.values, ok=True))
        return held.value

    @property
    def all_hold(self) -> bool:
        """Whether every check so far holds."""
        return all(check.ok for check in self.done)


def _done(name: str, code: str, values: Mapping[str, Value], *, ok: bool) -> CheckDone:
    """Return an outcome whose values stay on one line, whatever the package put into them."""
    plain = {key: _plain(one) if isinstance(one, str) else one for key, one in values.items()}
    return CheckDone(name, ok, code, plain)


def _plain(words: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in words)
