"""`tasrif keygen`: a key to seal plans with, wrapped with a passphrase."""

from argparse import ArgumentParser, Namespace

from app.console.command import Answer, Command
from app.console.passphrase import new_passphrase
from app.console.target import add_out, as_unavailable, new_file, require_free_name
from segmentation.progress import Progress


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_out(parser, "the key file")


def run(options: Namespace, progress: Progress) -> Answer:
    """Make a key and write it, for its owner's eyes only."""
    from planning.exchange.key_file import write_key_file
    from planning.exchange.keys import make_key, wrapped

    require_free_name(options.out, force=options.force)
    key = make_key()
    body = wrapped(key, new_passphrase())  # no folder is made for a key that isn't
    path = new_file(options.out, force=options.force)
    try:
        write_key_file(path, body)
    except OSError as error:
        raise as_unavailable(error, path.name) from error
    fields = {"key": str(path), "fingerprint": key.fingerprint}
    return Answer(fields, (str(path), key.fingerprint))


COMMAND = Command("keygen", "make a key to seal plans with", add_arguments, run)
