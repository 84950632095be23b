"""The child process of `test_file_faults.py`: writes steps and says which the disk holds.

`writers`: for each path read from standard input, fork a writer that appends steps until it is
killed. `full PATH BYTES`: append steps until the file may not grow any more, then go on.
`few PATH STEPS`: make a case there, append so many steps, close; say what keeps it from there.
"""

import os
import resource
import sys
from pathlib import Path

from planning.case.case import SegmentId, Side
from planning.case.edits import AddSegment, ReplaceMask, SetSide
from planning.case.file import create, open_case
from planning.case.history import History
from segmentation.errors import Refusal, Unavailable
from tests.planning.case.making import SHAPE, random_mask, segment, tiny_case

BONE = SegmentId("id-bone")
SIDES = tuple(Side)


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def act(history, n, shape=SHAPE):
    """Do step n: masks, sides, undo and redo in turn; the same for the same n."""
    if n == 1:
        history.do(AddSegment(segment("bone", 0, shape)))
    elif n % 7 == 5:
        history.undo()
    elif n % 7 == 6:
        history.redo()
    elif n % 7 == 3:
        history.do(SetSide(SIDES[(SIDES.index(history.case.side) + 1) % 4]))
    else:
        history.do(ReplaceMask(BONE, random_mask(n, shape)))


def after(steps, shape=SHAPE):
    """The case after so many steps, made in memory."""
    history = History(tiny_case(shape))
    for n in range(1, steps + 1):
        act(history, n, shape)
    return history.case


def write(path):
    history = History(file := open_case(Path(path)))
    if file.is_read_only:
        say("read-only", file.refusal.code)
        return
    n = len(file.entries()) - 1
    while True:
        n += 1
        act(history, n)
        history.flush()
        say("ack", n)


def writers():
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            say("pid", os.getpid())
            write(line.strip())
            os._exit(1)
        os.waitpid(child, 0)
        say("dead")


def full(path, more_bytes):
    shape = (64, 64, 256)
    history = History(open_case(Path(path)))
    limit = Path(path).stat().st_size + more_bytes
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    n = 0
    try:
        while n < 1000:
            n += 1
            act(history, n, shape)
            history.flush()
            say("ack", n)
    except Unavailable as refusal:
        say("refused", refusal.code, refusal.exit_code, len(history.lost), history.unsaved_n)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
    for edit in history.lost:
        history.do(edit)
    history.flush()
    say("ack", n)
    history.close()


def few(path, steps):
    doing, n = "create", 0
    try:
        history = History(create(Path(path), tiny_case()))
        say("made")
        for n in range(1, steps + 1):
            doing = "step"
            act(history, n)
            history.flush()
            say("ack", n)
        doing = "close"
        history.close()
        say("closed")
    except Refusal as refusal:
        say("refused", doing, refusal.code, refusal.exit_code, *map(str, refusal.values.values()))


if __name__ == "__main__":
    if sys.argv[1] == "writers":
        writers()
    elif sys.argv[1] == "few":
        few(sys.argv[2], int(sys.argv[3]))
    else:
        full(sys.argv[2], int(sys.argv[3]))
