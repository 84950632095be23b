"""Asking for a passphrase: from `TASRIF_PASSPHRASE` or a terminal, never shown, never logged."""

import getpass
import os
import warnings

from app.language import translate as _
from segmentation.errors import Refusal, Unavailable

VARIABLE = "TASRIF_PASSPHRASE"


def passphrase(key_name: str) -> str:
    """Return the passphrase of a key file."""
    given = os.environ.get(VARIABLE)
    return _asked(_("Passphrase of {file}: ").format(file=key_name)) if given is None else given


def new_passphrase() -> str:
    """Return a passphrase for a new key, asked for twice."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return given
    first = _asked(_("New passphrase: "))
    if first and first != _asked(_("The same again: ")):
        raise Refusal("passphrase-differs")
    return first


def _asked(prompt: str) -> str:
    # Without a terminal getpass would read, and show, what comes on standard input.
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except (getpass.GetPassWarning, EOFError, OSError):
            raise Unavailable("passphrase-no-prompt") from None
