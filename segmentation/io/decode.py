"""A small warm pool of decoder processes; whatever happens to one, this process survives.

Each process is the script `decoder_child.py`, started by path in an isolated interpreter: it never
imports the program's main module (so no Qt, whether that is `main.py`, pytest or the console
script) and answers through pipes. A frame that crashes it, hangs or is refused becomes a
`Refusal`, the process is replaced.
"""

import atexit
import hashlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Final

import numpy as np

from segmentation.errors import Refusal
from segmentation.io.decoder_child import FRAME
from segmentation.io.hu import Stored, stored_dtype
from segmentation.io.slice_header import PixelFormat
from segmentation.io.syntaxes import GDCM

FRAME_SECONDS: Final = 20.0
START_SECONDS: Final = 60.0
WORKERS_MAX: Final = 4
DEATHS_MAX: Final = 3
_NAMES_BYTES_MAX: Final = 1024
_SCRIPT: Final = Path(__file__).with_name("decoder_child.py")


def worker_count() -> int:
    """Return how many decoders work at a time: one for each processor, four at most."""
    return max(1, min(WORKERS_MAX, os.cpu_count() or 1))


class DecoderDied(Exception):  # noqa: N818 - turned into a Refusal by the pool
    """The process ended, or was ended, before it answered."""


class Decoder:
    """One decoder process, by default the one of `command`; not for two threads at a time."""

    def __init__(self, program: list[str] | None = None) -> None:
        self._process = subprocess.Popen(
            program or command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            close_fds=True,
        )
        self._is_warm = False

    def warm(self) -> frozenset[str]:
        """Wait until the process is ready; return the names of the walls around it."""
        names = self.ask({"engine": "none"}, b"", START_SECONDS, _NAMES_BYTES_MAX)
        return frozenset(names.decode("ascii", "replace").split())

    def ask(
        self, request: dict[str, str | int], payload: bytes, seconds: float, most: int
    ) -> bytes:
        """Return the answer's pixels; `DecoderDied` if none came in time, ValueError if refused.

        An answer of more than `most` bytes is none: nobody knows what the process is by then.
        The first answer may take `START_SECONDS`, since the process starts in the background.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        text = json.dumps(request).encode()
        limit = seconds if self._is_warm else max(seconds, START_SECONDS)
        watch = threading.Timer(limit, process.kill)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(FRAME.pack(len(text), len(payload)) + text)
            process.stdin.write(payload)
            process.stdin.flush()
            fault_n, pixels_n = FRAME.unpack(_exactly(process.stdout, FRAME.size))
            if fault_n > _NAMES_BYTES_MAX or pixels_n > most:
                raise EOFError
            fault = _exactly(process.stdout, fault_n)
            pixels = _exactly(process.stdout, pixels_n)
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise DecoderDied from error
        finally:
            watch.cancel()
        self._is_warm = True
        if fault:
            raise ValueError(fault.decode("ascii", "replace"))
        return pixels

    def close(self) -> None:
        """End the process and wait for it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # unsent bytes for a process that is gone
                    continue
        self._process.wait()


class DecoderPool:
    """Decoders that are kept warm and lent to one thread each."""

    def __init__(self, size: int) -> None:
        self._idle: list[Decoder] = []
        self._lock = threading.Lock()
        self._size = size
        self._is_closed = False
        self._deaths: dict[bytes, int] = {}

    def start(self) -> None:
        """Start the processes in the background, so that the first series needn't wait."""
        with self._lock:
            while len(self._idle) < self._size and not self._is_closed:
                self._idle.append(Decoder())

    def frame(self, pixels: PixelFormat, photometric: str, payload: bytes, file: str) -> Stored:
        """Return the stored pixels [j, i] of an encapsulated frame.

        `payload` is the value of the pixel data. Refuses `pixels-broken` where the decoder says
        no, `decoder-died` where it crashed or took too long; what did so three times isn't tried
        again.
        """
        request: dict[str, str | int] = {
            "engine": "gdcm" if pixels.syntax in GDCM else "plug-in",
            "syntax": pixels.syntax,
            "rows": pixels.rows,
            "columns": pixels.columns,
            "bits_allocated": pixels.bits_allocated,
            "bits_stored": pixels.bits_stored,
            "high_bit": pixels.high_bit,
            "signed": int(pixels.is_signed),
            "photometric": photometric,
        }
        digest = hashlib.sha256(payload).digest()
        if self._deaths.get(digest, 0) >= DEATHS_MAX:
            raise Refusal("decoder-died", file=file)
        decoder = self._lend()
        try:
            data = decoder.ask(request, payload, FRAME_SECONDS, pixels.plain_bytes)
        except DecoderDied as error:
            self._deaths[digest] = self._deaths.get(digest, 0) + 1
            raise Refusal("decoder-died", file=file) from error
        except ValueError as error:
            self._give_back(decoder)
            raise Refusal("pixels-broken", file=file) from error
        self._give_back(decoder)
        if len(data) != pixels.plain_bytes:
            raise Refusal("pixels-broken", file=file)
        return np.frombuffer(data, stored_dtype(pixels)).reshape(pixels.rows, pixels.columns)

    def close(self) -> None:
        """End all idle processes; those at work end when they come back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for decoder in idle:
            decoder.close()

    def _lend(self) -> Decoder:
        with self._lock:
            return self._idle.pop() if self._idle else Decoder()

    def _give_back(self, decoder: Decoder) -> None:
        with self._lock:
            if not self._is_closed and len(self._idle) < self._size:
                self._idle.append(decoder)
                return
        decoder.close()


_shared: list[DecoderPool] = []
_shared_lock = threading.Lock()


def shared_pool() -> DecoderPool:
    """Return the pool of this process; its decoders end with it."""
    with _shared_lock:
        if not _shared:
            pool = DecoderPool(worker_count())
            atexit.register(pool.close)
            _shared.append(pool)
        return _shared[0]


def command() -> list[str]:
    """Return the command that starts a decoder; a frozen program starts itself."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--decoder-child"]
    return [sys.executable, "-I", "-X", "utf8", str(_SCRIPT)]


def _environment() -> dict[str, str]:
    """Return the few variables that an interpreter needs; one thread per decoder."""
    kept = ("SYSTEMROOT", "PATH", "TEMP", "TMPDIR", "LD_LIBRARY_PATH")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    return env | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "LC_ALL": "C"}


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise EOFError
    return data
