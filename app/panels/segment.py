"""The Segment step's panel: segments, tools, the open tool."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QBoxLayout, QWidget
from shiboken6 import isValid

from app.branches import show_branches
from app.dialogs.term import TermDialog
from app.dispatcher import Dispatcher
from app.language import translate as _
from app.panels.segment_menu import MenuActions, segment_menu
from app.panels.tool_editor import ToolEditor
from app.panels.tool_foot import ToolFoot
from app.parts.area_row import AreaRow
from app.parts.basic import Item, Slot, button, column, label, note, row, section
from app.parts.histogram import histogram_counts
from app.parts.panel import Panel
from app.parts.segment_details import SegmentDetails
from app.parts.segment_row import RowActions, SegmentRow
from app.parts.tool_tabs import ToolTabs
from app.picking import ask_new_recipe_file, ask_recipe_file
from app.recipe_files import run_recipe, save_recipe
from app.surface_files import ask_surface
from app.tasks import Task
from app.tool_faces import FACES, Group, face_of
from app.tooling import Tooling
from planning.case.case import Case, Segment, SegmentId, Status, Touched
from planning.case.edits import RenameSegment, SetSegmentCode, SetSegmentLook, SetSegmentStatus
from segmentation.volume import Volume


class SegmentPanel(Panel):
    """Shows the case's segments; every change goes through the desk."""

    def __init__(self, tooling: Tooling, dispatcher: Dispatcher) -> None:
        desk, run = tooling.desk, dispatcher.run
        super().__init__("segment", _("Segment"), "", self._cancel)
        self._tooling, self._desk, self._run = tooling, desk, run
        self._dispatcher = dispatcher
        self._counted: tuple[Volume, NDArray[np.int64]] | None = None
        self._opened: tuple[str, str, str] | None = None
        self._editor: ToolEditor | None = None
        self._foot: ToolFoot | None = None
        self._rows: list[SegmentRow] = []
        self._listed: tuple[object, ...] = ()
        self._list = Slot()
        self._details = SegmentDetails(desk)
        self._tiles = ToolTabs(tool_tabs(), self._toggle_tool)
        self._tool, self._foot_slot = Slot(), Slot()
        self._full = QWidget()
        self._full.setLayout(
            # The details come late: below the tools they push nothing away under the pointer.
            column(self._list, section(_("Tools")), self._tiles, self._tool, self._details)
        )
        self._nothing = QWidget()
        go = button("go_open", _("Open a CT"), lambda: run("step_open"), sign="open")
        why = note(_("Segments are made on a scan. Open one first, or try a phantom."))
        self._nothing.setLayout(
            column(12, label(_("No case is open"), 14, 600), why, row(go, None))
        )
        self.body.addWidget(self._full)
        self.body.addWidget(self._nothing)
        self.body.addStretch(1)
        self.footer.add(self._foot_slot)
        self.footer.set_action("continue_plan", _("Continue to plan"), lambda: run("step_plan"))
        tooling.changed.connect(self.show_tool)
        desk.bridge.selected.connect(self.show_selection)
        self.show_case(desk.case, Touched.EVERYTHING)

    def _cancel(self) -> None:
        for task in self._desk.tasks.running:
            self._desk.tasks.cancel(task)
        self._tooling.close()

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show the segments after an edit."""
        self._full.setVisible(case is not None)
        self._nothing.setVisible(case is None)
        if case is None:
            self.show_guide("")
        elif self._desk.can_edit:
            self.show_guide(_("Choose a range of densities, then keep the parts you need."))
        else:
            self.show_guide(_("This case is open to be read. Segments can be looked at."))
        self._tiles.allow(case is not None and self._desk.can_edit)
        if case is not None and touched & (Touched.SEGMENTS | Touched.SEGMENT_LOOK):
            listed = rows_of(case, can_edit=self._desk.can_edit)
            if self._listed != listed:
                self._listed = listed
                self._list.fill(self._segments(case))
            else:
                self._show_amounts(case)
        self.show_selection()
        self.show_tool()

    def _show_amounts(self, case: Case) -> None:
        """Let the rows follow their segments' voxels."""
        for one, segment in zip(self._rows, case.segments, strict=True):
            if one.segment.mask is not segment.mask:
                one.show_amount(segment, segment.mask.voxels * case.volume.grid.voxel_ml)

    def _segments(self, case: Case) -> QBoxLayout:
        new = button("new_segment", _("New"), lambda: self._run("new_segment"), role="link",
                     sign="plus", height=20)  # fmt: skip
        bring = button("import_segments", _("Import"), lambda: self._run("import_segments"),
                       role="link", sign="open", height=20)  # fmt: skip
        for one in (new, bring):
            one.setEnabled(self._desk.can_edit)
        parts: list[Item] = [section(_("Segments"), bring, new)]
        voxel_ml = case.volume.grid.voxel_ml
        does = RowActions(
            self._desk.select, self._rename, self._eye, self._show_menu, self._accept,
            self._desk.can_edit,
        )  # fmt: skip
        self._rows = [SegmentRow(one, one.mask.voxels * voxel_ml, does) for one in case.segments]
        parts += self._rows
        if not self._rows:
            parts.append(note(_("No segment yet. Open a tool to make the first one.")))
            find = button("find_anatomy", _("Find anatomy"), lambda: self._run("find_anatomy"),
                          sign="view-3d")  # fmt: skip
            find.setEnabled(self._desk.can_edit)
            parts.append(row(find, None))
        return column(*parts, gap=4)

    def show_selection(self) -> None:
        """Draw the chosen segment's row."""
        for one in self._rows:
            one.pick(is_picked=one.segment.id == self._desk.selected)
        self._tooling.renew()

    def _show_menu(self, segment_id: SegmentId, at: QPoint) -> None:
        self._desk.select(segment_id)
        does = MenuActions(
            lambda: self._start_rename(segment_id),
            lambda: self._ask_code(segment_id),
            self._save_recipe,
            self._run_recipe,
            self._save_surface,
            partial(show_branches, self, self._desk, self._dispatcher.context.stage.go_to),
        )
        segment_menu(self, self._dispatcher, does).popup(at)

    def _ask_code(self, segment_id: SegmentId) -> None:
        case = self._desk.case
        if case is not None:
            on_done = partial(self._code, segment_id)
            TermDialog(self, case.segment(segment_id), on_done).open()

    def _code(self, segment_id: SegmentId, code: str) -> None:
        self._desk.do(SetSegmentCode(segment_id, code))

    def _save_recipe(self) -> None:
        segment = self._desk.segment
        path = ask_new_recipe_file(self, self._desk.settings.open_folder)
        if segment is not None and path is not None:
            save_recipe(self._desk, segment, path)

    def _run_recipe(self) -> None:
        segment = self._desk.segment
        path = ask_recipe_file(self, self._desk.settings.open_folder)
        if segment is not None and path is not None:
            run_recipe(self._desk, segment, path)

    def _save_surface(self) -> None:
        segment = self._desk.segment
        if segment is not None:
            ask_surface(self, self._desk, segment)

    def _start_rename(self, segment_id: SegmentId) -> None:
        # The rows are made anew by every edit: the one that asked may be gone.
        for one in self._rows:
            if one.segment.id == segment_id:
                one.start_rename()

    def _rename(self, segment_id: SegmentId, name: str) -> None:
        self._desk.do(RenameSegment(segment_id, name))

    def _accept(self, segment_id: SegmentId) -> None:
        self._desk.do(SetSegmentStatus(segment_id, Status.REVIEWED))

    def _eye(self, segment_id: SegmentId) -> None:
        case = self._desk.case
        if case is not None:
            is_visible = not case.segment(segment_id).is_visible
            self._desk.do(SetSegmentLook(segment_id, is_visible=is_visible))

    def _toggle_tool(self, name: str) -> None:
        if self._tooling.name == name:
            self._tooling.close()
        else:
            self._tooling.open(name)

    def show_tool(self) -> None:
        """Show the open tool's fields and preview."""
        name, segment = self._tooling.name, self._desk.segment
        self._tiles.show_open(name)
        opened = (name, segment.id, segment.name + segment.colour) if name and segment else None
        if opened != self._opened:
            self._opened = opened
            self._make_editor(name, segment)
        elif self._editor is not None and self._foot is not None:
            self._editor.show_settings()
            self._foot.show_trial()
        self._foot_slot.setVisible(self._foot is not None)
        is_shown = self._desk.case is not None and self._foot is None
        self.footer.show_action_at_all(is_shown=is_shown)
        self._details.show_segment(segment, is_wanted=not name)
        self.footer.show_action(is_enabled=bool(self._rows))

    def _make_editor(self, name: str, segment: Segment | None) -> None:
        self._editor = self._foot = None
        if not name or segment is None:
            self._tool.fill(column())
            self._foot_slot.fill(column())
            return
        self._editor = ToolEditor(self._tooling, segment.name, segment.colour)
        self._tool.fill(column(self._editor))
        self._foot = ToolFoot(self._tooling, _(face_of(name).apply))
        self._foot_slot.fill(column(self._foot))
        self._show_histogram()
        for area in self._editor.findChildren(AreaRow):
            area.unfolded.connect(lambda: QTimer.singleShot(0, self, self._show_editor))
        # After the layout has found its heights: the tool's buttons are never below the fold.
        QTimer.singleShot(0, self, self._show_editor)

    def _show_editor(self) -> None:
        if self._editor is not None:
            self.fit_body()
            self.area.ensureWidgetVisible(self._editor, 0, 0)

    def _show_histogram(self) -> None:
        case = self._desk.case
        if case is None or self._editor is None:
            return
        volume = case.volume
        if self._counted is not None and self._counted[0] is volume:
            self._editor.show_counts(self._counted[1])
            return

        def took(counts: NDArray[np.int64]) -> None:
            self._counted = (volume, counts)
            if self._editor is not None:
                self._editor.show_counts(counts)

        def is_wanted() -> bool:
            return isValid(self)  # a rebuilt window has another panel

        task = Task("", lambda _progress: histogram_counts(volume.hu), is_quiet=True)
        self._desk.tasks.run(task, took, self._desk.fail, is_wanted)


def rows_of(case: Case, *, can_edit: bool) -> tuple[object, ...]:
    """Tell whether the rows have to be made anew: not for an edit of voxels alone."""
    looks = (
        (s.id, s.name, s.colour, s.is_visible, s.status, s.is_locked, s.code) for s in case.segments
    )
    return (can_edit, case.volume, *looks)


def tool_tabs() -> dict[str, list[tuple[str, str, str]]]:
    """Return the tools behind each tab: name, word and sign."""
    return {
        _(group.value): [(f.name, _(f.tile), f.sign) for f in FACES if f.group is group]
        for group in Group
    }
