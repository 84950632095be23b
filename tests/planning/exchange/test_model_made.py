"""A segment that a model made says so to every receiver: plan, DICOM object and report."""

from dataclasses import replace

import pydicom
import pytest

from planning.case.case import Kind, Status
from planning.exchange.report_reader import bare, read_words
from planning.exchange.verify import verify
from tests.planning.exchange import dicoms
from tests.planning.exchange.making import exported, plan

MADE = '{"made_by":{"title":"Bone finder","version":"1.2"},"set":{},"tool":"model"}'
PAINTED = '{"set":{},"tool":"paint"}'


def made(status, recipe):
    one = dicoms.case(Kind.SIMULATION)
    first, *rest = one.segments
    return replace(one, segments=(replace(first, recipe=recipe, status=status), *rest))


@pytest.mark.hazard("HAZ-29")
@pytest.mark.parametrize(
    ("status", "recipe", "kind", "words"),
    [
        (Status.TO_DO, f"[{MADE}]", "AUTOMATIC", "not accepted by anyone"),
        (Status.REVIEWED, f"[{MADE},{PAINTED}]", "SEMIAUTOMATIC", "reviewed by a person"),
    ],
)
def test_what_leaves_the_house_says_which_model_and_whether_it_was_accepted(
    tmp_path, status, recipe, kind, words
):
    out = tmp_path / "out"
    names = ("package", "dicom", "report")
    exported(made(status, recipe), out, names=names, surfaces=dicoms.SURFACES)
    first, second = plan(out)["segments"][:2]
    accepted = status is Status.REVIEWED
    assert first["model"] == {"title": "Bone finder", "version": "1.2", "accepted": accepted}
    assert "model" not in second
    objects = [pydicom.dcmread(path) for path in out.rglob("*.dcm")]
    found = next(one for one in objects if one.Modality == "SEG")
    item = found.SegmentSequence[0]
    assert item.SegmentAlgorithmType == kind
    assert "Bone finder 1.2" in item.SegmentAlgorithmName
    verdict = verify(out, allow_draft=True, allow_simulation=True)
    assert verdict.passed, verdict
    (pdf,) = (out / "data" / "report").rglob("*.pdf")
    assert bare(words) in "".join(read_words(pdf.read_bytes()))
