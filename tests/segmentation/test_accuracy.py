"""The tools that go by HU keep their accuracy on the coarsest phantom: floors, not promises."""

import pytest

from tests.segmentation.accuracy import WAYS, score
from tests.segmentation.anatomy.made import phantom

# A little below what was measured (docs/accuracy.md); wide voxels hold cortex and fat at once.
FLOORS = {
    "Range, preset Bone": 0.69,
    "Range, preset Lung": 0.75,
    "Range, preset Skin": 0.84,
    "Thin bone": 0.66,
    "Parts with a dense core": 0.42,
    "Bone and metal, bone": 0.69,
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.tool + way.words[-5:].strip())
def test_a_tool_is_as_near_to_the_truth_as_it_was(way):
    found = score(phantom("shoulder"), way)
    assert found is not None
    assert found[0] >= FLOORS[way.words]
