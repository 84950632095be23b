"""Every compressed transfer syntax against its uncompressed twin, encoded by other programs.

DCMTK (IJG's lossless JPEG, CharLS) and pydicom's plug-ins write; what is read must be the stored
values themselves, signed and unsigned, of 10, 12 and 16 bits, to their very ends.
"""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from segmentation.io.load import load
from segmentation.io.outcome import Outcome
from segmentation.io.scan import scan
from tests.segmentation.io import enhanced
from tests.segmentation.io import series as make
from tests.segmentation.io.sentences import check_findings
from tests.segmentation.io.series import Recipe
from tests.segmentation.io.test_shared_images import decoded

KINDS = [(is_signed, bits) for is_signed in (False, True) for bits in (10, 12, 16)]
PROGRAMS = {
    "JPEG lossless SV1": (["dcmcjpeg", "+e1"], "1.2.840.10008.1.2.4.70"),
    "JPEG lossless, predictor 4": (["dcmcjpeg", "+el", "+sv", "4"], "1.2.840.10008.1.2.4.57"),
    "JPEG lossless, predictor 6": (["dcmcjpeg", "+el", "+sv", "6"], "1.2.840.10008.1.2.4.57"),
    "JPEG-LS lossless": (["dcmcjpls"], "1.2.840.10008.1.2.4.80"),
    "RLE": (["dcmcrle"], "1.2.840.10008.1.2.5"),
    "deflated": (["dcmconv", "+td"], "1.2.840.10008.1.2.1.99"),
    "big endian": (["dcmconv", "+tb"], "1.2.840.10008.1.2.2"),
    "implicit": (["dcmconv", "+ti"], "1.2.840.10008.1.2"),
}
LOSSY = {
    "JPEG extended": (["dcmcjpeg", "+ee"], "1.2.840.10008.1.2.4.51"),
    "JPEG-LS near lossless": (["dcmcjpls", "+en"], "1.2.840.10008.1.2.4.81"),
}


def stored_values(is_signed: bool, bits: int, k: int) -> np.ndarray:
    """Return noise on slopes, with the least and the greatest storable value that HU can hold."""
    least = max(-(1 << (bits - 1)) if is_signed else 0, -30_000)
    most = min((1 << (bits - is_signed)) - 1, 30_000)
    values = np.sort(np.random.default_rng([bits, k]).integers(least, most + 1, (64, 48)), axis=1)
    values[k, :2] = most, least
    return values


def plain_series(is_signed: bool, bits: int, folder: Path) -> tuple[Path, str]:
    """Write three plain slices; return their folder and the hash they load to."""
    files = make.make_series(Recipe(slices=3))
    for k, ds in enumerate(files.values()):
        ds.Rows, ds.Columns, ds.RescaleIntercept = 64, 48, "0"
        ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits - 1, int(is_signed)
        kind = np.int16 if is_signed else np.uint16
        ds.PixelData = stored_values(is_signed, bits, k).astype(kind).tobytes()
        ds["PixelData"].VR = "OW"
    volume = load(scan(make.save(files, folder)).series[0]).volume
    measured = np.stack([stored_values(is_signed, bits, k) for k in range(3)])
    assert np.array_equal(volume.hu, np.maximum(measured, -1024))
    return folder, volume.sha256()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[bool, int], tuple[Path, str]]:
    """Return the uncompressed series of every kind of pixel."""
    return {
        (is_signed, bits): plain_series(
            is_signed, bits, tmp_path_factory.mktemp(f"plain{int(is_signed)}{bits}")
        )
        for is_signed, bits in KINDS
    }


def encode(command: list[str], source: Path, folder: Path) -> Path:
    """Let a program of DCMTK rewrite every file; skip where it isn't installed."""
    program = shutil.which(command[0])
    if program is None:
        assert os.environ.get("CI") != "true", "install the package dcmtk"
        pytest.skip(f"{command[0]} is not installed")
    folder.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        done = subprocess.run(
            [program, *command[1:], str(path), str(folder / path.name)],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_dcmtk_encodes_is_the_plain_series(
    name: str, plain: dict[tuple[bool, int], tuple[Path, str]], tmp_path: Path
) -> None:
    command, syntax = PROGRAMS[name]
    for kind, (folder, truth) in plain.items():
        loaded = load(scan(encode(command, folder, tmp_path / str(kind))).series[0])
        assert loaded.header.transfer_syntax == syntax
        assert loaded.volume.sha256() == truth, kind
        assert loaded.outcome is Outcome.PLAN_GRADE


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLSLossless, JPEG2000Lossless])
def test_what_pydicoms_plug_ins_encode_is_the_plain_series(
    syntax: str, plain: dict[tuple[bool, int], tuple[Path, str]], tmp_path: Path
) -> None:
    for kind, (folder, truth) in plain.items():
        target = tmp_path / str(kind)
        target.mkdir()
        for path in folder.iterdir():
            ds = pydicom.dcmread(path)
            ds.compress(syntax, generate_instance_uid=False)
            ds.save_as(target / path.name, enforce_file_format=True)
        assert load(scan(target).series[0]).volume.sha256() == truth, kind


@pytest.mark.parametrize(
    "command",
    [
        ["dcmcjpeg", "+e1"],
        ["dcmcjpeg", "+e1", "+fs", "1"],
        ["dcmcjpls"],
        ["dcmcrle"],
        ["dcmconv", "+td"],
    ],
)
@pytest.mark.hazard("HAZ-13")
def test_frames_that_dcmtk_encodes_are_the_plain_slices(command: list[str], tmp_path: Path) -> None:
    """As one fragment a frame, and as several of a kilobyte."""
    files = make.make_series()
    layout = enhanced.Layout(order=enhanced.shuffled(12))
    enhanced.save(enhanced.make_enhanced(files, layout), tmp_path / "plain" / "one.dcm")
    folder = encode(command, tmp_path / "plain", tmp_path / "packed")
    truth = load(scan(make.save(files, tmp_path / "classic")).series[0]).volume.sha256()
    assert load(scan(folder).series[0]).volume.sha256() == truth


@pytest.mark.parametrize("name", LOSSY)
@pytest.mark.parametrize("has_tag", [True, False])
def test_a_lossy_series_is_told_with_or_without_its_tag(
    name: str, has_tag: bool, plain: dict[tuple[bool, int], tuple[Path, str]], tmp_path: Path
) -> None:
    command, syntax = LOSSY[name]
    folder = encode(command, plain[False, 12][0], tmp_path / "lossy")
    if not has_tag:
        for path in folder.iterdir():
            ds = pydicom.dcmread(path)
            for keyword in ("LossyImageCompression", "LossyImageCompressionMethod"):
                ds.pop(keyword, None)
            ds.save_as(path)
    loaded = load(scan(folder).series[0])
    check_findings(loaded.findings)
    assert loaded.header.transfer_syntax == syntax
    assert "lossy-compression" in [each.code for each in loaded.findings]


def test_a_lossy_past_is_told_of_uncompressed_frames_too(tmp_path: Path) -> None:
    files = make.make_series()
    for ds in files.values():
        ds.LossyImageCompression = "01"
    path = enhanced.save(enhanced.make_enhanced(files), tmp_path / "one.dcm")
    assert "lossy-compression" in [each.code for each in scan(path).series[0].findings]


@pytest.mark.parametrize("syntax", [b"1.2.840.10008.1.2.4.201", b"1.2.840.10008.1.2.4.203"])
def test_high_throughput_jpeg_2000_is_refused_with_a_sentence(
    syntax: bytes, tmp_path: Path
) -> None:
    files = make.make_series(Recipe(slices=3))
    for ds in files.values():
        ds.file_meta.TransferSyntaxUID = syntax.decode()
        ds.PixelData = pydicom.encaps.encapsulate([b"\xff\x4f\xff\x51" + bytes(60)])
        ds["PixelData"].VR = "OB"
    found = scan(make.save(files, tmp_path)).series[0]
    check_findings(found.findings)
    assert found.outcome is Outcome.REFUSED
    assert "transfer-syntax-unsupported" in [each.code for each in found.findings]


@pytest.fixture(scope="module")
def shared_twins(shared_data: Path) -> Path:
    """Return the real slice in six encodings."""
    return shared_data / "transfer_syntax_twins_ct"


@pytest.mark.data
@pytest.mark.parametrize("name", ["p14", "sv1", "jls", "rle"])
def test_a_real_slice_reencoded_is_the_real_slice(
    name: str, shared_twins: Path, tmp_path: Path
) -> None:
    """DCMTK encodes the uncompressed one of the six; decoded frame against pydicom's own array."""
    command = {"p14": ["dcmcjpeg", "+el"], "sv1": ["dcmcjpeg", "+e1"], "jls": ["dcmcjpls"]}
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(shared_twins / "explicit_le_UNCOMPRESSED.dcm", source)
    folder = encode(command.get(name, ["dcmcrle"]), source, tmp_path / "out")
    truth = pydicom.dcmread(source / "explicit_le_UNCOMPRESSED.dcm").pixel_array
    assert np.array_equal(decoded(next(folder.iterdir())), truth)
