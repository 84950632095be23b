"""`truth.json` against its published schema, judged by another program's validator."""

import copy
import json

import pytest
from jsonschema import Draft202012Validator

from planning.phantoms.write import truth
from resources import FOLDER

SCHEMA = json.loads((FOLDER / "schemas" / "truth.schema.json").read_text())
JUDGE = Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("name", ["shoulder", "oblique_shoulder", "lumbar", "abdomen"])
def test_every_phantoms_truth_fits_its_schema(name, request):
    Draft202012Validator.check_schema(SCHEMA)
    written = json.loads(json.dumps(truth(request.getfixturevalue(name)), allow_nan=False))
    assert [error.message for error in JUDGE.iter_errors(written)] == []
    assert set(written) == set(SCHEMA["required"]), "all that is written stands in the schema"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("labels", "1", "tissue"), "metal"),
        (("labels", "1", "ml"), "89.6"),
        (("labels", "256"), {"name": "a", "tissue": "bone", "ml": 1.0, "visible_ml": 1.0}),
        (("landmarks", "GC"), [1.0, 2.0]),
        (("units", "landmarks"), "mm RAS"),
        (("directions", "glenoid normal"), [2.0, 0.0, 0.0]),
        (("frame_of_reference_uid",), "1.2.3"),
        (("more",), 1),
    ],
)
def test_what_is_not_the_truth_does_not_fit(path, value, shoulder):
    wrong = copy.deepcopy(truth(shoulder))
    place = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert not JUDGE.is_valid(wrong)
