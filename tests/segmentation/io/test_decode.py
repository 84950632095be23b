"""The decoder's process may crash, hang or lie: this one survives and says so."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLSLossless, RLELossless

from segmentation.errors import Refusal
from segmentation.io.decode import Decoder, DecoderDied, DecoderPool, shared_pool
from segmentation.io.decoder_child import Coded, coded_shape, stream_start
from segmentation.io.load import load
from segmentation.io.scan import scan
from tests.segmentation.io import series as make

ROOT = Path(__file__).parents[3]


def rle_series() -> make.Files:
    """Return the synthetic series in RLE, with the truth's own uncompressed pixels elsewhere."""
    files = make.make_series()
    for ds in files.values():
        ds.compress(RLELossless, generate_instance_uid=False)
    return files


def test_a_compressed_series_is_its_uncompressed_twin(tmp_path: Path) -> None:
    plain = load(scan(make.save(make.make_series(), tmp_path / "plain")).series[0])
    packed = load(scan(make.save(rle_series(), tmp_path / "rle")).series[0])
    assert packed.header.transfer_syntax == RLELossless
    assert packed.volume.sha256() == plain.volume.sha256()


@pytest.mark.parametrize("cut", [5, 9, 200])
def test_a_compressed_file_that_was_cut_is_refused_by_its_header(cut: int, tmp_path: Path) -> None:
    path = make.save(rle_series(), tmp_path) / "slice005.dcm"
    path.write_bytes(path.read_bytes()[:-cut])
    found = scan(tmp_path).series[0]
    assert "pixels-truncated" in [each.code for each in found.findings]
    with pytest.raises(Refusal, match="pixels-truncated"):
        load(found)


def test_a_killed_decoder_is_a_refusal_and_the_next_load_works(tmp_path: Path) -> None:
    found = scan(make.save(rle_series(), tmp_path)).series[0]
    first = load(found).volume.sha256()
    pool = shared_pool()
    decoder = Decoder()
    decoder.warm()
    decoder._process.kill()
    decoder._process.wait()
    with pytest.raises(DecoderDied):
        decoder.ask({"engine": "none"}, b"", 5.0, 99)
    with pool._lock:
        for idle in pool._idle:
            idle._process.kill()
            idle._process.wait()
    with pytest.raises(Refusal, match="decoder-died"):
        load(found)
    assert load(found).volume.sha256() == first


def test_a_hanging_decoder_is_stopped_in_time() -> None:
    decoder = Decoder()
    decoder.warm()
    import os
    import signal

    os.kill(decoder._process.pid, signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(DecoderDied):
        decoder.ask({"engine": "none"}, b"x" * (1 << 20), 0.3, 99)
    assert time.monotonic() - start < 5.0
    assert decoder._process.returncode is not None


def test_a_stream_that_declares_another_size_is_refused_before_decoding(tmp_path: Path) -> None:
    """A JPEG-LS frame of 4000 x 4000 pixels in a header of 20 x 24."""
    frame = b"\xff\xd8\xff\xf7\x00\x0b\x10" + (4000).to_bytes(2, "big") * 2 + b"\x01\x01\x11\x00"
    assert coded_shape(frame) == Coded(4000, 4000, 1, 16)
    files = make.make_series()
    for ds in files.values():
        ds.PixelData = encapsulate([frame + bytes(50)])
        ds["PixelData"].VR = "OB"
        ds["PixelData"].is_undefined_length = True
        ds.file_meta.TransferSyntaxUID = JPEGLSLossless
    with pytest.raises(Refusal, match="pixels-broken"):
        load(scan(make.save(files, tmp_path)).series[0])


def test_the_stream_starts_behind_the_offset_table() -> None:
    frame = bytes(range(100))
    assert stream_start(encapsulate([frame], has_bot=True))[:100] == frame
    assert stream_start(encapsulate([frame], has_bot=False))[:100] == frame


def test_the_child_has_limits_and_knows_nothing_of_tasrif() -> None:
    code = (
        "import runpy, sys, resource; sys.argv=['x']; sys.stdin.close;"
        "from segmentation.io import decoder_child; decoder_child.limit();"
        "assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0;"
        "assert resource.getrlimit(resource.RLIMIT_AS)[0] == decoder_child.MEMORY_BYTES"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    source = (ROOT / "segmentation" / "io" / "decoder_child.py").read_text()
    assert "import segmentation" not in source
    assert "from segmentation" not in source


def test_no_window_library_is_loaded_by_loading_in_a_script(tmp_path: Path) -> None:
    """As a console script would: a main file without guard that would spawn itself again."""
    folder = make.save(rle_series(), tmp_path / "series")
    script = tmp_path / "program"
    script.write_text(
        "import sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from segmentation.io.load import load\nfrom segmentation.io.scan import scan\n"
        f"print(load(scan(Path({str(folder)!r})).series[0]).volume.hu.shape)\n"
        "assert not {'PySide6', 'vtkmodules', 'SimpleITK'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["(12, 20, 24)"]


def test_a_pool_keeps_no_more_than_its_size_and_closes() -> None:
    pool = DecoderPool(1)
    pool.start()
    pool.start()
    assert len(pool._idle) == 1
    process = pool._idle[0]._process
    pool.close()
    assert process.returncode is not None


def test_pixels_of_a_wrong_shape_are_refused(tmp_path: Path) -> None:
    files = rle_series()
    for ds in files.values():
        ds.Rows = 21
    with pytest.raises(Refusal, match="pixels-broken"):
        load(scan(make.save(files, tmp_path)).series[0])
