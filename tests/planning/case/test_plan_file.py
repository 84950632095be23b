"""The plan in the case file: stored at first, in the journal, after undo and restart."""

import json
from dataclasses import replace

from planning.case.codec import canonical, pack, parse, unpack
from planning.case.edits import AddItem, AddSegment, MovePoint, RemoveItem
from planning.case.file import create, open_case
from planning.case.history import History
from planning.case.reading import Start
from planning.model.plan import Plan
from tests.planning.case.making import content, items, place, segment, state, tiny_case


def test_a_case_that_starts_with_a_plan_comes_back_with_it(tmp_path):
    case = replace(tiny_case(segments=[segment("bone")]), plan=Plan(items()))
    create(tmp_path / "a.tasrif", case).close()
    with open_case(tmp_path / "a.tasrif") as file:
        assert content(file.case) == content(case)
        assert file.case.plan == case.plan
        assert file.verify() == ()


def test_plan_edits_undo_and_redo_across_a_restart(tmp_path):
    path = tmp_path / "a.tasrif"
    history = History(create(path, tiny_case()))
    states = [state(history.case)]
    screw = items()[3]
    steps = [AddSegment(segment("bone")), *map(AddItem, items())]
    steps += [MovePoint(screw.id, "entry_lps_mm", place(3)), RemoveItem(screw.id)]
    for edit in steps:
        history.do(edit)
        states.append(state(history.case))
    history.close()
    history = History(open_case(path))
    for before in reversed(states[:-1]):
        assert history.undo()
        assert state(history.case) == before
    for after in states[1:]:
        assert history.redo()
        assert state(history.case) == after
    history.close()


def test_the_journal_names_the_item_its_fields_and_their_units(tmp_path):
    with create(tmp_path / "a.tasrif", tiny_case(segments=[segment("bone")])) as file:
        history = History(file)
        history.do(AddItem(items()[3]))
        history.flush()
        (edit,) = file.entries()[-1].edits
    assert edit["type"] == "AddItem"
    item = json.loads(json.dumps(edit["fields"]["item"]))
    assert (item["kind"], item["diameter_mm"], item["segment_id"]) == ("trajectory", 3.5, "id-bone")
    assert len(item["entry_lps_mm"]) == 3


def test_a_start_without_a_plan_reads_as_an_empty_one():
    case = tiny_case()
    start = Start(case.id, case.kind, case.side, case.source, (), None, 1, "")
    data = parse(canonical(pack(start)))
    assert data.pop("plan") == {"items": []}
    assert unpack(Start, data).plan == Plan()
