"""The decoder's own process: reads one compressed frame at a time, answers with its pixels.

Started as a script by `segmentation.io.decode`, which imports its constants only: it knows
nothing of Tasrif and is given no file name, identity or environment it could leak. What a hostile
image does to a decoder happens here, under limits, and ends at most this process.

Protocol on standard input and output, little endian: `length of JSON, length of payload` as two
uint32, the JSON, the payload. An answer's JSON is `{}` with the pixels, or `{"fault": text}`.
"""

import io
import json
import os
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO, Final

from numpy.typing import NDArray

MEMORY_BYTES: Final = 4 << 30
CPU_SECONDS: Final = 60
_ITEM: Final = b"\xfe\xff\x00\xe0"
FRAME: Final = struct.Struct("<II")
_J2K_START: Final = b"\xff\x4f\xff\x51"
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


def coded_shape(stream: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and components that a JPEG family stream declares, None if unknown."""
    if stream[:4] == _J2K_START:
        x1, y1, x0, y0 = struct.unpack_from(">4I", stream, 8)
        return y1 - y0, x1 - x0, struct.unpack_from(">H", stream, 40)[0]
    at = 2 if stream[:2] == b"\xff\xd8" else len(stream)
    while at + 10 <= len(stream) and stream[at] == 0xFF:
        marker = stream[at + 1]
        if marker in _SOF:
            rows, columns, components = struct.unpack_from(">HHB", stream, at + 5)
            return rows, columns, components
        at += 1 if marker == 0xFF else 2 + struct.unpack_from(">H", stream, at + 2)[0]
    return None


def first_fragment(payload: bytes) -> bytes:
    """Return the start of the frame in an encapsulated value: after the offset table."""
    table = struct.unpack_from("<I", payload, 4)[0]
    return payload[8 + table + 8 : 8 + table + 8 + 65536]


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
    declared = coded_shape(first_fragment(payload))
    wanted = (request["rows"], request["columns"], 1)
    if declared is not None and declared != wanted:
        raise ValueError(f"the stream declares {declared}, the header {wanted}")
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


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests until the source ends."""
    while len(head := source.read(FRAME.size)) == FRAME.size:
        text_n, payload_n = FRAME.unpack(head)
        request = json.loads(source.read(text_n))
        payload = source.read(payload_n)
        answer: dict[str, str] = {}
        pixels = b""
        try:
            allow_seconds(CPU_SECONDS)
            if request["engine"] != "none":
                pixels = decode(request, payload)
        except (ValueError, RuntimeError, TypeError, KeyError, IndexError) as error:
            answer = {"fault": type(error).__name__}
        except (AttributeError, NotImplementedError, MemoryError, OSError, struct.error) as error:
            answer = {"fault": type(error).__name__}
        text = json.dumps(answer).encode()
        sink.write(FRAME.pack(len(text), len(pixels)) + text)
        sink.write(pixels)
        sink.flush()


def main() -> None:
    """Serve standard input and output; nothing else may write there."""
    sink = os.fdopen(os.dup(1), "wb", buffering=1 << 16)
    os.dup2(2, 1)  # a chatty native decoder must not spoil the protocol
    limit()
    import pydicom.pixels  # noqa: F401, PLC0415 - warm before the first frame

    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
