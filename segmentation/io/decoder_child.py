"""The decoder's own process: reads one compressed frame at a time, answers with its pixels.

Started as a script by `segmentation.io.decode`, which imports its constants only: it knows
nothing of Tasrif and is given no file name, identity or environment it could leak. What a hostile
image does to a decoder happens here, behind walls, and ends at most this process (row SEC-8).

Protocol on standard input and output, little endian: `length of JSON, length of payload` as two
uint32, the JSON, the payload. An answer is `length of fault, length of pixels`, the fault (empty
for none), the pixels.
"""

import ctypes
import io
import json
import os
import platform
import struct
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from numpy.typing import NDArray

MEMORY_BYTES: Final = 4 << 30
CPU_SECONDS: Final = 60
_ITEM: Final = b"\xfe\xff\x00\xe0"
FRAME: Final = struct.Struct("<II")
_J2K_START: Final = b"\xff\x4f\xff\x51"
_JP2_START: Final = b"\0\0\0\x0cjP  "
_RLE: Final = "1.2.840.10008.1.2.5"
_HEAD_BYTES: Final = 1 << 16
# Linux system calls that a decoder never needs, by machine: sockets, programs, other processes.
_DENIED: Final = {
    "x86_64": (
        0xC000003E,
        (41, 42, 43, 44, 46, 49, 50, 53, 59, 62, 101, 288, 304, 310, 311, 321, 322, 323, 425),
    ),
    "aarch64": (
        0xC00000B7,
        (198, 199, 200, 201, 202, 203, 206, 211, 221, 129, 117, 242, 265, 270, 271, 280, 281, 282,
         425),
    ),
}  # fmt: skip
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # of Landlock, by version
_READ: Final = 0b1100
_READABLE: Final = (
    "/usr", "/lib", "/lib64", "/proc/self", "/proc/cpuinfo", "/sys/devices/system/cpu",
    "/dev/urandom", "/dev/null",
)  # fmt: skip
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}


def limit() -> None:
    """Bound memory, file size and core dumps of this process where the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 1 << 30),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a lower limit is already set
            continue


def allow_seconds(seconds: int) -> None:
    """Let this process use `seconds` more of processor time."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def _libc() -> ctypes.CDLL | None:
    """Return the C library of a Linux, None elsewhere."""
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def enclose() -> tuple[str, ...]:
    """Put walls around this process where the system can; return the names of those that stand.

    `no-network`, an empty network namespace (needs a right); `no-new-rights`; `few-calls`, a
    seccomp filter without sockets, programs and other processes; `few-files`, Landlock: only the
    interpreter and its libraries can be read, nothing can be written.
    """
    libc = _libc()
    if libc is None:
        return ()
    walls = {"no-network": libc.unshare(0x40000000) == 0}
    walls["no-new-rights"] = libc.prctl(38, 1, 0, 0, 0) == 0
    walls["few-files"] = _close_files(libc)
    walls["few-calls"] = _close_calls(libc)
    return tuple(name for name, stands in walls.items() if stands)


def enclose_calls() -> tuple[str, ...]:
    """Put up the walls of `enclose` but for the files; return the names of those that stand."""
    libc = _libc()
    if libc is None:
        return ()
    walls = {"no-network": libc.unshare(0x40000000) == 0}
    walls["no-new-rights"] = libc.prctl(38, 1, 0, 0, 0) == 0
    walls["few-calls"] = _close_calls(libc)
    return tuple(name for name, stands in walls.items() if stands)


def _close_calls(libc: ctypes.CDLL) -> bool:
    """Let the kernel refuse every system call that a decoder never needs."""
    architecture, numbers = _DENIED.get(platform.machine(), (0, ()))
    if not numbers:
        return False
    # the architecture, then the number: equal to one denied, or of the x32 kind, jumps to the end
    rows = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0)]
    rows.append((0x35, len(numbers) + 1, 0, 0x40000000))
    rows += [(0x15, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    rows += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050001)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *row) for row in rows))
    program = struct.pack("=H6xQ", len(rows), ctypes.addressof(code))
    return bool(libc.prctl(22, 2, ctypes.c_char_p(program), 0, 0) == 0)


def _close_files(libc: ctypes.CDLL) -> bool:
    """Let only the interpreter and its libraries be read, and nothing be written (Landlock)."""
    version = libc.syscall(444, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS[min(version, max(_FILE_RIGHTS))]) - 1
    wanted = struct.pack("=Q", rights)
    rules = libc.syscall(444, ctypes.c_char_p(wanted), ctypes.c_size_t(len(wanted)), 0)
    if rules < 0:
        return False
    places = {*_READABLE, sys.prefix, sys.base_prefix, str(Path(__file__).parent), *sys.path}
    for place in sorted(places - {""}):
        try:
            handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        allowed = _READ if Path(place).is_dir() else _READ & 0b0100
        rule = struct.pack("=Qi", allowed, handle)
        libc.syscall(445, rules, 1, ctypes.c_char_p(rule), 0)
        os.close(handle)
    return bool(libc.syscall(446, rules, 0) == 0)


@dataclass(frozen=True)
class Coded:
    """What a JPEG family stream says of itself."""

    rows: int
    columns: int
    components: int
    bits: int


def coded_shape(stream: bytes) -> Coded | None:
    """Return what a JPEG family stream declares, None where it declares nothing."""
    if stream.startswith(_JP2_START):
        stream = stream[max(0, stream.find(_J2K_START)) :]
    if stream.startswith(_J2K_START):
        x1, y1, x0, y0 = struct.unpack_from(">4I", stream, 8)
        components, depth = struct.unpack_from(">HB", stream, 40)
        return Coded(y1 - y0, x1 - x0, components, (depth & 0x7F) + 1)
    at = 2 if stream[:2] == b"\xff\xd8" else len(stream)
    while at + 10 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in _SOF:
            bits, rows, columns, components = struct.unpack_from(">BHHB", stream, at + 4)
            return Coded(rows, columns, components, bits)
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", stream, at + 2)[0]
    return None


def stream_start(payload: bytes) -> bytes:
    """Return the start of the frame in an encapsulated value: its fragments behind the table."""
    at, start = 8 + struct.unpack_from("<I", payload, 4)[0], b""
    while len(start) < _HEAD_BYTES and payload[at : at + 4] == _ITEM:
        length = struct.unpack_from("<I", payload, at + 4)[0]
        start += payload[at + 8 : at + 8 + min(length, _HEAD_BYTES)]
        at += 8 + length
    return start


def check_stream(request: dict[str, Any], start: bytes) -> None:
    """Raise unless the stream declares the image that the header declares, before it is decoded."""
    if request["syntax"] == _RLE:
        count = struct.unpack_from("<I", start, 0)[0]
        if count != request["bits_allocated"] // 8:
            raise ValueError("the stream has another number of segments than bytes in a pixel")
        return
    found = coded_shape(start)
    if found is None:
        raise ValueError("the stream declares no image")
    if (found.rows, found.columns, found.components) != (request["rows"], request["columns"], 1):
        raise ValueError("the stream declares an image of another size")
    least = request["bits_stored"] if request["signed"] else 1
    if not least <= found.bits <= request["bits_allocated"]:
        raise ValueError("the stream declares another number of bits")


def items_only(payload: bytes) -> bytes:
    """Return the items of an encapsulated value without what closes or follows them."""
    at = 0
    while payload[at : at + 4] == _ITEM and at + 8 <= len(payload):
        at += 8 + struct.unpack_from("<I", payload, at + 4)[0]
    if at > len(payload):
        raise ValueError("the last fragment is cut")
    return payload[:at]


def decode(request: dict[str, Any], payload: bytes) -> bytes:
    """Return the stored pixels of one encapsulated frame as little-endian bytes."""
    payload = items_only(payload)
    check_stream(request, stream_start(payload))
    if request["engine"] == "gdcm":
        return _decode_gdcm(request, payload)
    import pydicom.pixels  # noqa: PLC0415 - only here

    door: Any = pydicom.pixels
    pixels, _info = door.get_decoder(request["syntax"]).as_array(
        payload,
        raw=True,
        rows=request["rows"],
        columns=request["columns"],
        number_of_frames=1,
        samples_per_pixel=1,
        bits_allocated=request["bits_allocated"],
        bits_stored=request["bits_stored"],
        photometric_interpretation=request["photometric"],
        pixel_representation=request["signed"],
        pixel_keyword="PixelData",
    )
    return _as_bytes(pixels, request)


def _as_bytes(pixels: NDArray[Any], request: dict[str, Any]) -> bytes:
    """Return pixels of the wanted shape in the type the header names."""
    if pixels.size != request["rows"] * request["columns"]:
        raise ValueError("the decoder returned another number of pixels")
    kind = ("<i" if request["signed"] else "<u") + str(request["bits_allocated"] // 8)
    found: bytes = pixels.astype(kind).tobytes()
    return found


def _decode_gdcm(request: dict[str, Any], payload: bytes) -> bytes:
    """Return the pixels as GDCM reads them from a nameless file without identity."""
    import SimpleITK as sitk  # noqa: PLC0415, N813 - its usual name, for the JPEG family only

    toolkit: Any = sitk
    reader = toolkit.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    data = _bare_file(request, payload)
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("frame")
        try:
            os.write(handle, data)
            reader.SetFileName(f"/proc/self/fd/{handle}")
            return _as_bytes(toolkit.GetArrayFromImage(reader.Execute()), request)
        finally:
            os.close(handle)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame"
        path.write_bytes(data)
        reader.SetFileName(str(path))
        return _as_bytes(toolkit.GetArrayFromImage(reader.Execute()), request)


def _bare_file(request: dict[str, Any], payload: bytes) -> bytes:
    """Return a DICOM file that holds this frame and nothing else."""
    from pydicom.dataset import FileDataset, FileMetaDataset  # noqa: PLC0415

    meta: Any = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "2.25.1"
    meta.TransferSyntaxUID = request["syntax"]
    frame: Any = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    frame.SOPClassUID, frame.SOPInstanceUID = meta.MediaStorageSOPClassUID, "2.25.1"
    frame.Modality = "CT"
    frame.SamplesPerPixel, frame.PhotometricInterpretation = 1, request["photometric"]
    frame.Rows, frame.Columns = request["rows"], request["columns"]
    frame.BitsAllocated, frame.BitsStored = request["bits_allocated"], request["bits_stored"]
    frame.HighBit, frame.PixelRepresentation = request["high_bit"], request["signed"]
    frame.PixelData = payload
    frame["PixelData"].VR = "OB"
    frame["PixelData"].is_undefined_length = True
    out = io.BytesIO()
    frame.save_as(out, enforce_file_format=True)
    return out.getvalue()


def serve(source: BinaryIO, sink: BinaryIO, walls: tuple[str, ...]) -> None:
    """Answer requests until the source ends; asked for its walls, name them."""
    while len(head := source.read(FRAME.size)) == FRAME.size:
        text_n, payload_n = FRAME.unpack(head)
        request = json.loads(source.read(text_n))
        payload = source.read(payload_n)
        fault, pixels = b"", b""
        try:
            allow_seconds(CPU_SECONDS)
            is_frame = request["engine"] != "none"
            pixels = decode(request, payload) if is_frame else " ".join(walls).encode()
        except (ValueError, RuntimeError, TypeError, KeyError, IndexError) as error:
            fault = type(error).__name__.encode()
        except (AttributeError, NotImplementedError, MemoryError, OSError, struct.error) as error:
            fault = type(error).__name__.encode()
        sink.write(FRAME.pack(len(fault), len(pixels)) + fault)
        sink.write(pixels)
        sink.flush()


def main() -> None:
    """Serve standard input and output; nothing else may write there."""
    sink = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # a chatty native decoder must not spoil the protocol
    limit()
    walls = enclose()
    import pydicom.pixels  # noqa: F401, PLC0415 - warm before the first frame

    serve(sys.stdin.buffer, sink, walls)


if __name__ == "__main__":
    main()
