"""The main window: it listens to the desk and shows what changed; commands do the rest."""

import json
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
)
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout, QWidget

from app import picking, theme
from app.commands import COMMANDS, Context
from app.copying import offered_path
from app.desk import Desk
from app.dialogs.about import AboutDialog
from app.dialogs.keys import KeySheet
from app.dialogs.settings import SettingsDialog
from app.dialogs.unit import ask_unit
from app.dispatcher import Dispatcher
from app.house import House
from app.importing import Importing
from app.language import translate as _
from app.message import Message
from app.opening import Opening
from app.parts.rail import Step
from app.placing import Placing
from app.reviewing import Reviewing
from app.segments import new_segment
from app.sending import Sending
from app.settings import Settings
from app.speech import speak
from app.stage import Stage
from app.step_words import step_words
from app.theme import THEMES
from app.tooling import Tooling
from planning.case.case import Case, Touched

if TYPE_CHECKING:
    from viewers.widgets.four_views import FourViews

RELEASE = version("tasrif")


class MainWindow(QWidget):
    """One case per window (HAZ-6). Its parts are made anew when language or theme change."""

    closed = Signal()

    def __init__(self, desk: Desk, make_views: Callable[[], "FourViews"]) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setProperty("role", "window")
        self.setWindowTitle("Tasrif")
        self.setMinimumSize(1024, 700)
        self.resize(1440, 900)
        self.setAcceptDrops(True)
        self.desk = desk
        self.step = Step.OPEN
        self._message: Message | None = None
        self.stage = Stage(make_views)
        self.opening = Opening(desk)
        self.tooling = Tooling(desk, self.stage, new_segment)
        self.placing = Placing(desk, self.stage)
        self.reviewing = Reviewing(desk, self.stage)
        self.sending = Sending(desk, self.stage)
        self.importing = Importing(desk, partial(ask_unit, self))
        context = Context(
            desk, self.stage, self.opening, self.tooling, self.placing, self.reviewing,
            self.sending, self.importing, self,
        )  # fmt: skip
        self.dispatcher = Dispatcher(context, self)
        self.dispatcher.bind(self)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self.house = House(self.dispatcher)
        self._outer.addWidget(self.house)
        self._connect()
        self._show_everything()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()

    def _connect(self) -> None:
        desk = self.desk
        desk.bridge.changed.connect(self._show_case)
        desk.bridge.selected.connect(self._show_choice)
        desk.bridge.said.connect(self._say)
        desk.bridge.settled.connect(self._show_status)
        desk.tasks.changed.connect(self._show_tasks)
        self.opening.changed.connect(self._show_step)
        self.opening.done.connect(self._begin)
        self.stage.changed.connect(self._show_status)
        self.tooling.changed.connect(self._show_status)
        self.placing.changed.connect(self._show_status)
        self.reviewing.changed.connect(self._show_finding)
        self.stage.intent.connect(self._follow)
        self.stage.probed.connect(self._probe)
        self.dispatcher.ran.connect(self._show_status)

    def _begin(self) -> None:
        """Start to work on the case that was laid; the keys go to the window."""
        self.show_step(Step.SEGMENT)
        self.setFocus()

    def _show_everything(self) -> None:
        self._show_case(self.desk.case, Touched.EVERYTHING)
        self._show_step()
        self._show_tasks()
        self.house.show_message(self.step, self._message)

    def _show_case(self, case: Case | None, touched: Touched) -> None:
        if touched is Touched.NOTHING:  # a gesture ended: each of its edits was shown
            self._show_status()
            return
        self.house.status.show_probe("", "")
        self.stage.show_case(case, touched)
        self.placing.show_in_views()
        self.house.show_case(case, touched)
        self._show_choice()
        self._show_step()

    def _show_choice(self) -> None:
        # A fill would hide what is planned under it: only the tools of Segment get one.
        self.stage.choose_segment(self.desk.selected if self.step is Step.SEGMENT else None)
        self._show_status()

    def _show_step(self) -> None:
        case = self.desk.case
        shows_page = case is None or self.step is Step.OPEN
        self.house.show_step(self.step, shows_page=shows_page)
        self._show_status()

    def _show_status(self) -> None:
        history = self.desk.history
        title = history.undo_title if history is not None else None
        status = self.house.status
        status.show_undo(step_words(title) if title else "")
        is_saved = bool(self.desk.saved_at)
        saved = _("Saved {time}").format(time=self.desk.saved_at) if is_saved else ""
        if history is None:
            status.show_idle(_("Ready"), f"Tasrif {RELEASE}")
        else:
            status.show_saved(saved)
        self.house.show_recovered(self.desk.recovered_n)
        self.house.show_bar()

    def _show_tasks(self) -> None:
        self.house.show_tasks(self.step, self.desk.tasks.running)

    def _say(self, message: Message | None) -> None:
        self._message = message
        self.house.show_message(self.step, message)

    def _follow(self, intent: object) -> None:
        from app.watching import follow_intent

        follow_intent(self.dispatcher, intent)  # type: ignore[arg-type]

    def _show_finding(self) -> None:
        """Ring the place of the chosen finding, and offer the way back from it."""
        finding = self.reviewing.chosen
        self.placing.show_mark(None if finding is None else finding.place_lps_mm)
        self._show_status()

    def _probe(self, probe: object) -> None:
        from app.watching import show_probe

        show_probe(self.house.status, probe)  # type: ignore[arg-type]

    def rebuild(self, settings: Settings) -> None:
        """Speak and look as the settings say, at once."""
        self.desk.keep(settings)
        speak(settings)
        theme.use(THEMES.get(settings.theme, theme.DARK))
        self.stage.setParent(None)
        old, self.house = self.house, House(self.dispatcher)
        self._outer.replaceWidget(old, self.house)
        old.hide()
        old.deleteLater()
        self._show_everything()

    # What commands may ask for (`Shell`).

    def show_step(self, step: Step) -> None:
        """Show a step; a tool that is open elsewhere is put away."""
        if step is Step.SEGMENT:
            self.placing.leave_item()  # what is being segmented is no glass
        else:
            self.tooling.close()
        if step is not Step.CHECK and self.reviewing.chosen is not None:
            self.placing.leave_item()
            self.dispatcher.run("whole_plan")  # a finding's ring and zoom belong to the Check step
        self.step = step
        is_judged = step in {Step.CHECK, Step.HAND_OVER}
        self.placing.enter(is_here=step is Step.PLAN, shows_all=is_judged)
        self._show_choice()
        self._show_step()
        self._show_tasks()
        self.house.show_message(step, self._message)

    def ask(self, what: str) -> Path | None:
        """Let a person choose a `folder`, `file`, `segments`, the place of `picture` or `copy`."""
        asks = {
            "folder": picking.ask_folder,
            "file": picking.ask_file,
            "segments": picking.ask_segments_file,
            "picture": picking.ask_picture_file,
            "copy": picking.ask_copy_file,
        }
        start = self.desk.settings.open_folder
        if what == "copy" and self.desk.file is not None:
            start = str(offered_path(self.desk.file))
        return asks[what](self, start)

    def show_sheet(self, name: str) -> None:
        """Show `settings`, `keys` or `about`."""
        sheet: QDialog
        if name == "settings":
            sheet = SettingsDialog(self, self.desk.settings, self.rebuild)
        elif name == "keys":
            sheet = KeySheet(self, COMMANDS)
        else:
            sheet = AboutDialog(self, self.stage.renderer_words())
        sheet.open()

    def focus_next(self) -> None:
        """Move the focus to the next part of the window, round and round."""
        regions = list(self.house.regions)
        focused = QApplication.focusWidget()
        now = [n for n, r in enumerate(regions) if focused is not None and r.isAncestorOf(focused)]
        start = now[-1] + 1 if now else 0
        for step in range(len(regions)):
            target = _first_focus(regions[(start + step) % len(regions)])
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Light up for one local file or folder."""
        if picking.dropped_path(event.mimeData()) is not None and not self.opening.is_busy:
            self.house.page.zone.light(is_lit=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """Go dark again."""
        self.house.page.zone.light(is_lit=False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Open what was dropped; a file with segments goes into the open case."""
        self.house.page.zone.light(is_lit=False)
        path = picking.dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.importing.look(path, partial(_take, self, path))

    def open_path(self, path: Path) -> None:
        """Open a case, or scan what stands at `path`."""
        self.show_step(Step.OPEN)
        self.opening.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop timers, join the work, finish the views, then close the case's file."""
        self.tooling.close()
        self.placing.enter(is_here=False)
        self.desk.tasks.shutdown()
        self.stage.shutdown()
        self.desk.clear()
        event.accept()
        self.closed.emit()


def _take(window: MainWindow, path: Path, has_segments: bool) -> None:
    """Bring a dropped file into the open case, or open it."""
    if has_segments:
        window.show_step(Step.SEGMENT)
        window.importing.start(path)
    else:
        window.open_path(path)


def _first_focus(region: QWidget) -> QWidget | None:
    """Return the first control of a part that takes the focus by Tab."""
    for child in (region, *region.findChildren(QWidget)):
        takes = child.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and child.isVisible() and child.isEnabled():
            return child
    return None


def dump_ui(window: QWidget, path: Path) -> None:
    """Write object name to [x, y, width, height] on the screen of every visible control, as JSON.

    For tests that drive the real window; the file is replaced whole, and only when it differs.
    """
    places: dict[str, list[int]] = {}
    for top in QApplication.topLevelWidgets():
        if top is not window and not top.isVisible():
            continue
        for widget in (top, *top.findChildren(QWidget)):
            name = widget.objectName()
            if name and not name.startswith("qt_") and not widget.visibleRegion().isEmpty():
                corner = widget.mapToGlobal(QPoint(0, 0))
                places[name] = [corner.x(), corner.y(), widget.width(), widget.height()]
    text = json.dumps(places, sort_keys=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
