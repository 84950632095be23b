"""What is handed over: written whole, read back by other code, or not there at all."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from app.desk import Desk
from app.reviewing import Reviewing
from app.sealing import Signature
from app.sending import Sending, free_folder, package_name
from app.sending_pictures import PAGE_PX, draw
from app.settings import Settings
from app.stage import Stage
from app.start import make_views
from planning.case.case import Kind
from planning.case.edits import RemoveItem
from planning.case.withdrawal import Withdrawal
from planning.model.item import ItemId
from segmentation.progress import silent
from tests.app.planned import FAR_MM, PASSPHRASE, new_key, planned_case
from tests.planning.exchange.making import sealed_case

pytestmark = [pytest.mark.qt, pytest.mark.gl]


@pytest.fixture
def sending(english, qtbot, tmp_path):
    desk = Desk(Settings(language="en"))
    stage = Stage(make_views)
    sending = Sending(desk, stage)
    sending.choose_folder(tmp_path / "stick")
    (tmp_path / "stick").mkdir()
    yield sending
    desk.shutdown()
    desk.deleteLater()
    stage.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def only(sending, *names):
    """Choose a few destinations: one test below hands over to all of them, and so does the page."""
    sending.chosen = frozenset(names)


def seal(sending, qtbot, key):
    desk = sending.desk
    reviewing = Reviewing(desk, sending._stage)
    given = Signature("CODE-7 L", "Dr A. Example", "Surgeon", key.path, PASSPHRASE)
    failures = []
    reviewing.sealing.seal(given, lambda: None, failures.append)
    qtbot.waitUntil(lambda: desk.case.is_sealed or bool(failures), timeout=60_000)
    assert not failures


def sent(sending, qtbot, passphrase=""):
    said = []
    sending.desk.bridge.said.connect(said.append)
    sending.save(passphrase)
    qtbot.waitUntil(lambda: not sending.is_busy, timeout=120_000)
    return said[-1] if said else None


def left(sending):
    return sorted(path.name for path in sending.folder.iterdir())


def test_a_draft_is_saved_marked_and_verified(sending, qtbot):
    sending.desk.lay_case(planned_case(FAR_MM))
    sent(sending, qtbot)
    assert left(sending) == ["CODE-7-v1-DRAFT"]
    assert sending.sent.exported.is_draft
    assert sending.sent.verdict.passed, sending.sent.verdict
    assert sending.is_done
    passport = json.loads((sending.folder / left(sending)[0] / "data/passport.json").read_text())
    assert passport["state"] == "draft"
    assert len(passport["files"]) == len(sending.sent.exported.files)
    everything = b"".join(p.read_bytes() for p in sending.folder.rglob("*") if p.is_file())
    assert b"Anna" not in everything
    assert b"1960-02-03" not in everything


@pytest.mark.hazard("HAZ-25")
def test_a_sealed_plan_is_signed_with_its_sealer_s_key(sending, qtbot, tmp_path):
    key = new_key(tmp_path / "mine.json")
    sending.desk.lay_case(planned_case(FAR_MM))
    seal(sending, qtbot, key)
    only(sending, "package", "print")
    assert sending.needs_key
    assert sending.key == key, "the key that sealed it is offered"
    sent(sending, qtbot, PASSPHRASE)
    assert left(sending) == ["CODE-7-v1"]
    verdict = sending.sent.verdict
    assert (verdict.passed, verdict.state, verdict.signer) == (True, "sealed", key.fingerprint)
    assert verdict.signer_trusted
    assert sending.is_done


def test_a_wrong_passphrase_is_said_and_leaves_nothing(sending, qtbot, tmp_path):
    key = new_key(tmp_path / "mine.json")
    sending.desk.lay_case(planned_case(FAR_MM))
    seal(sending, qtbot, key)
    message = sent(sending, qtbot, "not this one")
    assert message.code == "key-passphrase-wrong"
    assert left(sending) == []
    assert not sending.is_done


def test_another_key_than_the_sealer_s_is_refused(sending, qtbot, tmp_path):
    sending.desk.lay_case(planned_case(FAR_MM))
    seal(sending, qtbot, new_key(tmp_path / "mine.json"))
    sending.choose_key(new_key(tmp_path / "other.json"))
    message = sent(sending, qtbot, PASSPHRASE)
    assert message.code == "export-key-not-sealers"
    assert left(sending) == []


@pytest.mark.hazard("HAZ-27")
def test_a_cancelled_hand_over_leaves_nothing(sending, qtbot):
    desk = sending.desk
    desk.lay_case(planned_case(FAR_MM))
    only(sending, "package", "print", "nav")
    seen = set()

    def stop_at(share):
        def look():
            for task in desk.tasks.running:
                if task.total and task.done / task.total >= share:
                    seen.add(share)
                    sending.stop()

        return look

    for share in (0.0, 0.2, 0.5, 0.9):
        look = stop_at(share)
        desk.tasks.changed.connect(look)
        sending.save("")
        qtbot.waitUntil(lambda: desk.tasks.is_idle, timeout=120_000)
        desk.tasks.changed.disconnect(look)
        idle(desk, qtbot)
        if sending.sent is None:
            # The worker puts its own folder away; the other one may have answered before that.
            qtbot.waitUntil(lambda: left(sending) == [], timeout=60_000)
        assert not sending.is_busy
    assert 0.0 in seen
    assert sending.sent is None or sending.sent.verdict.passed


def idle(desk, qtbot):
    """Wait until both workers have put down what they were told to drop."""
    done = []
    for _ in range(2):
        from app.tasks import Task

        desk.tasks.run(Task("", lambda _p: 1, is_quiet=True), done.append, desk.fail)
    qtbot.waitUntil(lambda: len(done) == 2, timeout=120_000)


@pytest.mark.hazard("HAZ-26")
def test_a_change_after_the_hand_over_makes_it_outdated(sending, qtbot):
    desk = sending.desk
    desk.lay_case(planned_case(FAR_MM))
    only(sending, "package")
    sent(sending, qtbot)
    assert not sending.is_outdated
    desk.do(RemoveItem(ItemId("zone")))
    assert sending.is_outdated
    assert not sending.is_done
    desk.undo()
    assert not sending.is_outdated


@pytest.mark.hazard("HAZ-6")
def test_another_case_forgets_the_package(sending, qtbot):
    from dataclasses import replace

    sending.desk.lay_case(planned_case(FAR_MM))
    only(sending, "print", "nav")
    sent(sending, qtbot)
    assert sending.sent is not None
    sending.desk.lay_case(replace(planned_case(FAR_MM), id="c2"))
    assert sending.sent is None
    assert sending.pictures.shown == {}


@pytest.mark.hazard("HAZ-38")
def test_practice_says_sim_in_its_folder_s_name(sending, qtbot):
    sending.desk.lay_case(planned_case(FAR_MM, Kind.SIMULATION))
    only(sending, "package")
    sent(sending, qtbot)
    assert left(sending) == ["SIM-CODE-7-v1-DRAFT"]
    assert sending.sent.verdict.kind == "simulation"
    assert sending.is_done


def test_a_folder_s_name_is_plain_and_never_taken(tmp_path):
    from dataclasses import replace

    case = planned_case(FAR_MM)
    odd = replace(case, identity=replace(case.identity, code="../Né/7 é"))
    assert package_name(odd, has_key=False) == "N-7-v1-DRAFT"
    sealed = replace(odd, is_sealed=True)
    assert not package_name(sealed, has_key=True).endswith("DRAFT")
    assert package_name(sealed, has_key=False).endswith("-DRAFT")
    plain = replace(case, identity=replace(case.identity, code="é"))
    assert package_name(plain, has_key=False) == "case-v1-DRAFT"
    (tmp_path / "a").mkdir()
    (tmp_path / "a-2").mkdir()
    assert free_folder(tmp_path, "a") == tmp_path / "a-3"


def test_nothing_chosen_writes_nothing(sending, qtbot):
    sending.desk.lay_case(planned_case(FAR_MM))
    for one in sending.destinations:
        sending.toggle(one.name)
    sending.save("")
    assert not sending.is_busy
    assert left(sending) == []


def test_without_the_package_there_is_nothing_to_verify(sending, qtbot):
    sending.desk.lay_case(planned_case(FAR_MM))
    only(sending, "package", "print", "nav")
    sending.toggle("package")
    sent(sending, qtbot)
    assert sending.sent.verdict is None
    assert not sending.is_done


@pytest.mark.hazard("HAZ-26")
def test_a_withdrawn_plan_is_drawn_with_the_word_across(qapp):
    """The page's pictures of it differ from the sealed plan's by just that word."""
    sealed = sealed_case()
    gone = Withdrawal(sealed.version, "Wrong level.", "A, surgeon", "2026-01-01T00:00:00+00:00")
    withdrawn = replace(sealed, withdrawals=(gone,))
    assert withdrawn.is_withdrawn

    def seen(case, *, is_draft):
        (png,) = draw(case, ("axial",), PAGE_PX, silent, is_draft=is_draft).values()
        return png

    plain, marked = seen(sealed, is_draft=False), seen(withdrawn, is_draft=False)
    assert plain != marked
    assert marked != seen(sealed, is_draft=True)
