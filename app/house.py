"""The arrangement of the window's parts; made anew when language or theme change."""

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.commands import command_named
from app.commands.plan import ALONG
from app.commands.views import ARRANGEMENTS, HANDS, PICTURE, SOLIDS, WINDOWS
from app.dispatcher import Dispatcher
from app.language import translate as _
from app.message import Message
from app.panels.check import CheckPanel
from app.panels.hand_over import HandOverPanel
from app.panels.hand_over_page import HandOverPage
from app.panels.open import OpenPanel
from app.panels.open_page import OpenPage
from app.panels.plan import PlanPanel
from app.panels.segment import SegmentPanel
from app.parts.banner import Banner, SimulationBand
from app.parts.basic import button, column, row
from app.parts.drop_zone import DropZone
from app.parts.panel import OPEN_PANEL_PX, PANEL_PX, Panel, task_words
from app.parts.rail import Mark, Rail, Step
from app.parts.status_bar import StatusBar
from app.parts.view_bar import ViewBar
from app.tasks import Task
from planning.case.case import Case, Touched

UNDO_GROUP: Final = ("undo", "redo")


class House(QWidget):
    """Banner and band above; rail, panel and views in the middle; status below."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        super().__init__()
        self.setProperty("role", "window")
        self._dispatcher, self._step = dispatcher, Step.OPEN
        context = dispatcher.context
        run = dispatcher.run
        self.banner, self.band = Banner(), SimulationBand()
        self.status = StatusBar()
        self.rail = Rail(
            lambda step: run(f"step_{step}"), lambda: run("settings"), lambda: run("keys")
        )
        self.panels: dict[Step, Panel] = {
            Step.OPEN: OpenPanel(context.opening, run),
            Step.SEGMENT: SegmentPanel(context.tooling, dispatcher),
            Step.PLAN: PlanPanel(context.placing, dispatcher),
            Step.CHECK: CheckPanel(context.reviewing, dispatcher),
            Step.HAND_OVER: HandOverPanel(context.sending, dispatcher),
        }
        self._panels = QStackedWidget()
        for panel in self.panels.values():
            self._panels.addWidget(panel)
            panel.footer.asked.connect(run)
        self.page = OpenPage(context.opening, self._drop_zone(run))
        groups = ([command_named(name) for name in UNDO_GROUP], HANDS, ARRANGEMENTS)
        self.bar = ViewBar(groups, WINDOWS, SOLIDS, PICTURE, run)
        work = QWidget()
        inner = column(self.bar, context.stage, gap=0)
        inner.setStretch(1, 1)
        work.setLayout(inner)
        self._right = QStackedWidget()
        self._right.addWidget(self.page)
        self._right.addWidget(work)
        self._right.addWidget(HandOverPage(context.sending))
        middle = row(self.rail, self._panels, self._right, gap=1)
        middle.setStretch(2, 1)
        whole = column(self.banner, self.band, gap=1)
        whole.addLayout(middle, 1)
        whole.addWidget(self.status)
        self.setLayout(whole)
        context.reviewing.changed.connect(self.show_ticks)
        context.sending.changed.connect(self.show_ticks)

    def _drop_zone(self, run: Callable[[str], object]) -> DropZone:
        folder = button(
            "open_folder", _("Open a folder"), lambda: run("open_folder"), role="primary",
            sign="open", height=44,
        )  # fmt: skip
        file = button("open_file", _("Open a file"), lambda: run("open_file"), sign="import",
                      height=44)  # fmt: skip
        for one in (folder, file):
            one.setMinimumWidth(180)
        return DropZone(folder, file)

    @property
    def regions(self) -> Sequence[QWidget]:
        """The parts between which F6 moves, in order."""
        panel = self._panels.currentWidget() or self._panels
        right = self.page if self._right.currentIndex() == 0 else self.bar
        stage = self._dispatcher.context.stage
        views = [] if self._right.currentIndex() == 0 else [stage]
        return (self.rail, panel, right, *views)

    def show_step(self, step: Step, *, shows_page: bool) -> None:
        """Show a step's panel, and the page of the Open step or the views."""
        self._step = step
        self.show_ticks()
        self._panels.setCurrentWidget(self.panels[step])
        self._panels.setFixedWidth(OPEN_PANEL_PX if step is Step.OPEN else PANEL_PX)
        self._right.setCurrentIndex(0 if shows_page else 2 if step is Step.HAND_OVER else 1)

    def show_ticks(self) -> None:
        """Tick the steps that are done with the case as it is; mark where a finding waits."""
        context, marks = self._dispatcher.context, dict[Step, Mark]()
        case, reviewing = context.desk.case, context.reviewing
        if case is not None:
            marks[Step.OPEN] = Mark.DONE
            if any(not segment.mask.is_empty for segment in case.segments):
                marks[Step.SEGMENT] = Mark.DONE
            if case.plan.items:
                marks[Step.PLAN] = Mark.DONE
            if not case.is_withdrawn and (case.is_sealed or reviewing.is_passed):
                marks[Step.CHECK] = Mark.DONE
            if reviewing.blocks:
                marks |= {Step.PLAN: Mark.BLOCKED, Step.CHECK: Mark.BLOCKED}
            elif reviewing.warns and not case.is_sealed:
                marks[Step.CHECK] = Mark.WARNED
            if context.sending.is_done:
                marks[Step.HAND_OVER] = Mark.DONE
        self.rail.show_steps(self._step, marks)

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show a case in every part."""
        self.banner.show_case(case)
        self.band.show_case(case)
        for panel in self.panels.values():
            panel.show_case(case, touched)

    def show_message(self, step: Step, message: Message | None) -> None:
        """Say one thing in the panel that is shown, nothing in the others."""
        for name, panel in self.panels.items():
            panel.footer.show_message(message if name is step else None)

    def show_recovered(self, n: int) -> None:
        """Say on top of every panel how many edits came back after a crash; 0 takes it away."""
        for panel in self.panels.values():
            panel.recovered.show_number(n)

    def show_tasks(self, step: Step, tasks: Sequence[Task]) -> None:
        """Show the oldest work in the panel's footer and in the status bar."""
        first = tasks[0] if tasks else None
        for name, panel in self.panels.items():
            panel.footer.show_task(first if name is step else None)
        self.status.show_task(task_words(first) if first is not None else "")

    def show_bar(self) -> None:
        """Open, close and light the buttons of the view bar."""
        on = self._dispatcher.on()
        self.bar.show_states(self._dispatcher.enabled(), on)
        window = next((_(c.title) for c in WINDOWS if c.id in on), _("By hand"))
        solid = next((_(c.title) for c in SOLIDS if c.id in on), "")
        self.bar.show_choices(window, solid)
        self._show_own_action()

    def _show_own_action(self) -> None:
        """Show what the step adds to the view bar."""
        if self._step is Step.PLAN:
            is_along = ALONG.id in self._dispatcher.on()
            words = _("Back to the anatomical planes") if is_along else _("View along the path")
            self.bar.show_own(ALONG, words, is_open=ALONG.id in self._dispatcher.enabled())
        elif self._step is Step.CHECK and self._dispatcher.context.reviewing.chosen is not None:
            whole = command_named("whole_plan")
            self.bar.show_own(whole, _(whole.title), is_open=True)
        else:
            self.bar.show_own(None, "")
