"""What the system says about a file or a medium, as one of our sentences."""

import errno
import os
from pathlib import Path
from typing import Final

from segmentation.errors import Unavailable

OUT_OF_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LOCKED_PLACE: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def as_unavailable(error: OSError, name: str = "") -> Unavailable:
    """Return the refusal for what the system said; `name` instead of the name that it knows."""
    if not name and error.filename:
        name = Path(os.fsdecode(error.filename)).name
    if error.errno in OUT_OF_ROOM:
        return Unavailable("disk-full", path=name)
    if error.errno in LOCKED_PLACE:
        return Unavailable("place-locked", path=name)
    if error.errno == errno.ENOENT:
        return Unavailable("path-vanished", path=name)
    return Unavailable("system-said-no", path=name, reason=error.strerror or str(error))
