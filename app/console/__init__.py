"""The command line: one file a command. Each asks the floors below and answers with an `Answer`."""

from typing import Final

from app.console import (
    bench,
    bring_in,
    case_info,
    check,
    demo,
    export,
    keygen,
    measure,
    mesh,
    models,
    phantom,
    plan,
    render,
    scan,
    seal,
    segment,
    selftest,
    verify,
    withdraw,
)
from app.console.command import Command

COMMANDS: Final[tuple[Command, ...]] = (
    demo.COMMAND,
    phantom.COMMAND,
    scan.COMMAND,
    bring_in.COMMAND,
    case_info.INFO,
    case_info.HISTORY,
    case_info.UNDO,
    case_info.REDO,
    segment.COMMAND,
    models.COMMAND,
    mesh.COMMAND,
    plan.COMMAND,
    measure.COMMAND,
    export.COMMAND,
    check.COMMAND,
    keygen.COMMAND,
    seal.COMMAND,
    withdraw.COMMAND,
    verify.COMMAND,
    render.COMMAND,
    selftest.COMMAND,
    bench.COMMAND,
)
