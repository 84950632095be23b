"""A package read by its receiver, by code that shares nothing with what wrote it.

Nothing here writes but the receiver's own register, and nothing in a package is believed before
its hash and signature hold.
"""

from planning.exchange.verify.receive import Wanted, receive, verify
from planning.exchange.verify.verdict import CheckDone, Verdict

__all__ = ["CheckDone", "Verdict", "Wanted", "receive", "verify"]
