"""The Open step's panel: recent cases and the five steps; after a scan, side and target."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from app.language import translate as _
from app.opening import Opening, can_regularise
from app.parts.banner import Elided
from app.parts.basic import (
    Item,
    Slot,
    button,
    column,
    isolated,
    label,
    note,
    picture,
    row,
    section,
)
from app.parts.card import Card
from app.parts.panel import Panel
from app.picking import ask_case_file
from planning.case.case import Case, Side, Touched
from viewers.fonts import font

if TYPE_CHECKING:
    from segmentation.io.scan import SeriesFound


class OpenPanel(Panel):
    """Shows what `Opening` knows; nothing here is remembered."""

    def __init__(self, opening: Opening, run: Callable[[str], object]) -> None:
        guide = _("Your cases appear here. The newest stands first.")
        super().__init__("open", _("Open"), guide, opening.cancel)
        self._opening, self._run = opening, run
        self._start_page = Slot()
        self._choice = _Choice(opening)
        self.body.addWidget(self._start_page)
        self.body.addWidget(self._choice)
        self.body.addStretch(1)
        self.footer.set_action("use_series", _("Use this series"), self._use, "check")
        self._research = _research_line()
        self.footer.add(self._research)
        opening.changed.connect(self.show_opening)
        self.show_opening()

    def show_opening(self) -> None:
        """Show recent cases, or the questions of a chosen scan."""
        opening = self._opening
        is_choosing = opening.scan is not None
        self._start_page.setVisible(not is_choosing)
        self._choice.setVisible(is_choosing)
        self._research.setVisible(not is_choosing)
        self.footer.show_action_at_all(is_shown=is_choosing)
        if not is_choosing:
            self.show_guide(_("Your cases appear here. The newest stands first."))
            self._start_page.fill(self._start())
            return
        self.show_guide(_("Choose a series, say which side, then open it."))
        self._choice.show_opening()
        words = action_words(opening.picked)
        self.footer.show_action(is_enabled=opening.can_start, sign="check", words=words)

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show the recent cases again when one was opened."""
        if touched & Touched.STUDY:
            self.show_opening()

    def _use(self) -> None:
        series = self._opening.picked
        outcome = "" if series is None else series.outcome.value
        self._opening.start(
            is_view_only=outcome == "view_only", is_regularised=outcome == "refused"
        )

    def _start(self) -> QBoxLayout:
        recent = [Path(p) for p in self._opening.desk.settings.recent_cases]
        there = [path for path in recent if path.is_file()]
        parts: list[Item] = [*self._open_case(), section(_("Recent cases"))]
        parts += [_recent_card(n, path, self._opening.open_path) for n, path in enumerate(there)]
        if not there:
            learn = _("Open a CT, or try a phantom to learn the five steps in about ten minutes.")
            parts += [label(_("No cases yet"), 13, 500), note(learn)]
        parts.append(section(_("The five steps")))
        for n, words in enumerate(five_steps()):
            number = label(str(n + 1), 13, 600, "accent")
            line = row(number, note(words, "text"), gap=12, margins=(0, 2, 0, 2))
            line.setStretch(1, 1)
            parts.append(line)
        return column(*parts)

    def _open_case(self) -> list[Item]:
        """Return what can be done with the case that lies on the desk; nothing without one."""
        desk = self._opening.desk
        if desk.case is None:
            return []
        name = Elided(13, 500)
        name.setObjectName("open_case_name")
        name.show_words(isolated(desk.file.path.stem if desk.file else desk.case.identity.code))
        copy = button("save_copy", _("Save a copy"), lambda: self._run("save_copy"), role="link",
                      height=20)  # fmt: skip
        copy.setEnabled(desk.file is not None)
        close = button("close_case", _("Close the case"), lambda: self._run("close_case"),
                       role="link", height=20)  # fmt: skip
        return [section(_("Open case")), name, row(copy, close, None, gap=16)]


class _Choice(QFrame):
    """The questions before a series becomes a case."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._opening = opening
        self._group = QButtonGroup(self)
        self._sides: dict[Side, QPushButton] = {}
        words = {
            Side.LEFT: _("LEFT"),
            Side.RIGHT: _("RIGHT"),
            Side.BOTH: _("Both sides"),
            Side.NONE: _("No side"),
        }
        for side, text in words.items():
            one = button(f"side_{side.value}", text, partial(opening.declare, side))
            one.setCheckable(True)
            one.setFixedHeight(40)
            self._group.addButton(one)
            self._sides[side] = one
        self._why = note(
            _("Take the side from the consent form, never from the picture."), "soft", 12
        )
        self._person = _PersonChoice(opening)
        self._code = QLineEdit()
        self._code.setObjectName("case_code")
        self._code.setAccessibleName(_("Code of the case"))
        self._code.setFont(font(13, 500))
        self._code.setFixedHeight(32)
        self._code.setMaxLength(64)
        self._code.textEdited.connect(opening.call_it)
        self._target = Elided(13, 500)
        self._target.setObjectName("case_target")
        self._folder = Elided(12, 400, "soft")
        change = button("change_target", _("Change"), self._ask_target, role="link", height=20)
        self._extra = button(
            "start_other",
            _("Regularise, then open"),
            lambda: opening.start(is_regularised=True),
            height=36,
        )
        back = button("leave_scan", _("Open something else"), opening.leave, role="link", height=20)
        first = row(self._sides[Side.LEFT], self._sides[Side.RIGHT])
        second = row(self._sides[Side.BOTH], self._sides[Side.NONE])
        for line in (first, second):
            line.setStretch(0, 1)
            line.setStretch(1, 1)
        self.setLayout(
            column(
                section(_("Side of the operation")), first, second, self._why,
                self._person,
                section(_("Code of the case")), self._code,
                section(_("Save the case as"), change), self._target, self._folder,
                12, self._extra, 12, back,
            )
        )  # fmt: skip

    def show_opening(self) -> None:
        """Show what is answered so far."""
        opening = self._opening
        self._group.setExclusive(False)
        for side, one in self._sides.items():
            one.setChecked(side is opening.side)
            one.setEnabled(not opening.is_busy)
        self._group.setExclusive(True)
        self._person.show_opening()
        self._target.show_words(isolated(opening.target.name))
        self._folder.show_words(isolated(str(opening.target.parent)))
        series = opening.picked
        can_mend = series is not None and series.outcome.value == "view_only"
        self._extra.setVisible(series is not None and can_mend and can_regularise(series))
        if self._code.text() != opening.code:
            self._code.setText(opening.code)
        self._code.setEnabled(not opening.is_busy)
        self._extra.setEnabled(opening.can_start)

    def _ask_target(self) -> None:
        target = ask_case_file(self, self._opening.target)
        if target is not None:
            self._opening.aim(target, may_replace=target.exists())


class _PersonChoice(QFrame):
    """Whether the case may know its patient; each answer says what it means."""

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self._opening = opening
        group = QButtonGroup(self)
        self._answers: dict[bool, QPushButton] = {}
        words = {
            True: ("keep_person", _("Keep them")),
            False: ("leave_person_out", _("Leave them out")),
        }
        for is_kept, (name, text) in words.items():
            one = button(name, text, partial(opening.keep_person, is_kept=is_kept), height=36)
            one.setCheckable(True)
            group.addButton(one)
            self._answers[is_kept] = one
        line = row(*self._answers.values())
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        self._meaning = note("", "soft", 12)
        self._meaning.setObjectName("person_meaning")
        self.setLayout(column(section(_("Name and data of the patient")), line, self._meaning))

    def show_opening(self) -> None:
        """Show the answer and what it means."""
        opening = self._opening
        self._answers[not opening.is_deidentified].setChecked(True)
        for one in self._answers.values():
            one.setEnabled(not opening.is_busy)
        kept = _("The case knows its patient, as an operation needs it.")
        left_out = _("No name, number, date or text is kept. The picture may still show a face.")
        self._meaning.setText(left_out if opening.is_deidentified else kept)


def action_words(series: "SeriesFound | None") -> str:
    """Return what the filled button does with the chosen series."""
    outcome = "" if series is None else series.outcome.value
    words = {"view_only": _("Open to look only"), "refused": _("Regularise, then open")}
    return words.get(outcome, _("Use this series"))


def five_steps() -> tuple[str, ...]:
    """Return what each step is for."""
    return (
        _("Open: Tasrif checks the scan first"),
        _("Segment: bone, vessel, tumour"),
        _("Plan: wires, cuts, no-go zones"),
        _("Check: every number against its limit"),
        _("Hand over: sealed, read back, signed"),
    )


def _recent_card(n: int, path: Path, open_path: Callable[[Path], None]) -> Card:
    name, folder = Elided(13, 500), Elided(12, 400, "soft")
    name.setObjectName(f"recent_name_{n}")
    for words in (name, folder):
        # Else the shorter of the two would bound both.
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    text = column(name, folder, gap=0)
    inner = row(picture("package", "soft"), text, gap=10, margins=(8, 6, 8, 6))
    inner.setStretch(1, 1)
    card = Card(f"recent_{n}", path.stem, lambda: open_path(path), inner, "plain")
    name.show_words(isolated(path.stem))
    folder.show_words(isolated(str(path.parent)))
    card.setMinimumHeight(48)
    return card


def _research_line() -> QWidget:
    words = note(_("For research and teaching until your hospital has qualified it."), "soft", 12)
    line = row(picture("info", "soft", 16), words, gap=8)
    line.setStretch(1, 1)
    place = QWidget()
    place.setLayout(line)
    return place
