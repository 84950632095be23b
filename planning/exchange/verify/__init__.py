"""A package read by its receiver, by code that shares nothing with what wrote it.

Nothing here writes, and nothing in a package is believed before its hash and signature hold.
"""

from planning.exchange.verify.receive import verify
from planning.exchange.verify.verdict import CheckDone, Verdict

__all__ = ["CheckDone", "Verdict", "verify"]
