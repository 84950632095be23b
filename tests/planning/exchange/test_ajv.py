"""ajv as the second judge of every JSON Schema, over the documents of a real package."""

import json

import pytest

from app.words import CatalogueWords
from planning.model.written import Known, written
from resources import FOLDER
from tests.planning.exchange.judges.papers import PLACES, SCHEMAS
from tests.planning.exchange.judges.papers import answers_of_ajv as judged
from tests.planning.exchange.making import exported, key, sealed_case, whole_case


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Files by the name of their schema: of a draft, of a sealed package, and of this release."""
    folder = tmp_path_factory.mktemp("ajv")
    names = ("package", "print", "nav", "robot", "ar")
    exported(whole_case(), folder / "draft", names=names, words=CatalogueWords("fr"))
    exported(sealed_case(), folder / "sealed", names=names, with_key=key())
    found = {name: sorted(folder.glob(f"*/{place}")) for name, place in PLACES.items()}
    case = whole_case()
    known = Known(case.volume.grid.frame_uid, {one.name: one.id for one in case.segments})
    items = folder / "items.json"
    items.write_text(json.dumps(written(case.plan.items, known)))
    return {**found, "plan-apply": [items], "limits": [FOLDER / "limits" / "limits.json"]}


def test_ajv_holds_every_document_to_its_schema(documents):
    assert all(documents.values())
    answers = judged(documents)
    assert len(answers) == sum(map(len, documents.values()))
    assert not [one for one in answers if not one["ok"]]


def test_ajv_can_read_every_schema():
    names = [path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")]
    assert judged({name: [] for name in names}) == []
    assert set(PLACES) < set(names)


def test_ajv_refuses_what_is_wrong(documents, tmp_path):
    """The negative control: a key too many, a list for a word, a key that is gone."""
    harmed = {}
    for name, (file, *_) in documents.items():
        found = json.loads(file.read_text("utf-8"))
        first = next(iter(found))
        rest = {key: value for key, value in found.items() if key != first}
        harmed[name] = []
        for n, one in enumerate(({**found, "x y": 1}, {**found, first: [None]}, rest)):
            harmed[name].append(tmp_path / f"{name}-{n}.json")
            harmed[name][-1].write_text(json.dumps(one))
    answers = judged(harmed)
    assert len(answers) == 3 * len(documents)
    assert not [one for one in answers if one["ok"]]
