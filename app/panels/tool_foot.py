"""The foot of the open tool: what it would leave, what to know of that, Cancel and Apply.

It stands in the panel's footer, which never scrolls: a finding or a refusal that arrives pushes
no button out of sight.
"""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app import figures
from app.icons import pixmap
from app.language import translate as _
from app.message import of_finding
from app.panels.tool_fields import other_names
from app.parts.basic import button, column, note, picture, row, tint
from app.tool_needs import POINTS, is_long
from app.tooling import CUTTING, PREVIEW, Tooling
from app.trial import Trial
from segmentation.models import shelf

FINDINGS_PX_MOST: Final = 128


class _Findings(QScrollArea):
    """Sentences as high as they are, to a bound; beyond that they scroll."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("findings_area")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._words = note("", "warn", 12)
        self._words.setObjectName("findings_line")
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(self._words)
        self.setWidgetResizable(True)
        self.hide()

    def say(self, words: str) -> None:
        """Show the sentences; nothing for an empty text."""
        self._words.setText(words)
        self.setVisible(bool(words))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fit the height when the width changes."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        need = max(self._words.heightForWidth(max(self.width(), 1)), 0)  # an empty label says -1
        self.setFixedHeight(min(need, FINDINGS_PX_MOST))


class ToolFoot(QWidget):
    """Preview, findings and buttons of one open tool; told about each change."""

    def __init__(self, tooling: Tooling, apply: str) -> None:
        super().__init__()
        self.setObjectName("tool_foot")
        self._tooling = tooling
        self._findings = _Findings()
        self.setLayout(column(self._preview_line(), self._findings, self._buttons(apply)))
        self._is_running = False
        if is_long(tooling.name):
            tooling.desk.tasks.changed.connect(self._note_tasks)
        self.show_trial()

    def _preview_line(self) -> QWidget:
        self._sign = picture("info", "soft", 16)
        self._preview = note("", "soft", 12)
        self._preview.setObjectName("preview_line")
        line = row(self._sign, self._preview, gap=8)
        line.setStretch(1, 1)
        holder = QWidget()
        # The line keeps its room: nothing moves when the preview arrives.
        holder.setMinimumHeight(20)
        holder.setLayout(line)
        return holder

    def _buttons(self, apply: str) -> QWidget:
        cancel = button("tool_cancel", _("Cancel"), self._tooling.close, height=36)
        self._apply = button(
            "tool_apply", apply, self._finish, role="primary", sign="check", height=36
        )
        cancel.setVisible(not self._tooling.is_stroke)
        line = row(cancel, self._apply)
        line.setStretch(0, 1)
        line.setStretch(1, 1)
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def _finish(self) -> None:
        if self._tooling.is_stroke:
            self._tooling.close()
        else:
            self._tooling.apply()

    def _note_tasks(self) -> None:
        """Say that the preview was stopped, where a person did so below."""
        was_running = self._is_running
        self._is_running = any(task.key == PREVIEW for task in self._tooling.desk.tasks.running)
        has_ended = was_running and not self._is_running
        if has_ended and self._tooling.trial is None and self._tooling.problem is None:
            self._preview.setText(_("Stopped. Choose it again to start anew."))

    def show_trial(self) -> None:
        """Show the preview's size or why there is none, and whether it can be applied."""
        tooling = self._tooling
        problem = tooling.problem
        tone = problem.tone if problem is not None else "soft"
        self._sign.setPixmap(pixmap(problem.sign if problem is not None else "info", tone, 16))
        tint(self._preview, tone)
        self._preview.setText(preview_words(tooling))
        self._sign.setVisible(bool(self._preview.text()))
        self._findings.say(findings_words(tooling))
        is_ready = tooling.is_stroke or (tooling.trial is not None and not tooling.is_applying)
        self._apply.setEnabled(is_ready and problem is None)


def lacking_words(tooling: Tooling) -> str:
    """Return what to choose before there can be a preview; points say it in their own field."""
    lacks = tooling.lacks
    if lacks is None or lacks.kind.value == POINTS:
        return ""
    if lacks.kind.value == "model":
        return _("Choose a model.") if shelf.folder() is not None else ""
    if not other_names(tooling):
        return _("This tool needs a second segment.")
    return _("Choose the other segment.")


def parts_words(trial: Trial) -> str:
    """Return the sizes of the further segments that a tool would leave."""
    words = "".join(f"; {name}: {figures.ml(ml)}" for name, ml in trial.parts_ml)
    if trial.made.cut_mm2 is None:
        return words
    return words + "; " + _("cut {area}").format(area=figures.mm2(trial.made.cut_mm2))


def drawing_words(tooling: Tooling) -> str:
    """Return what a hand does to use a tool that works by drawing."""
    if tooling.name == CUTTING:
        return _("Draw an outline in a slice or in 3D. Escape gives it up, undo takes it back.")
    if tooling.name == "live-wire":
        return _(
            "Click along an edge. A double click or the first point closes, Backspace goes back."
        )
    return _("Draw in a slice. Each stroke can be undone. [ and ] change the size.")


def findings_words(tooling: Tooling) -> str:
    """Return what the tool found that a person should know before applying it."""
    if tooling.trial is None or tooling.problem is not None:
        return ""
    return "\n".join(of_finding(finding) for finding in tooling.trial.made.findings)


def preview_words(tooling: Tooling) -> str:
    """Return the size of what the tool would leave, what keeps it from working, or what to do."""
    if tooling.is_stroke:
        return drawing_words(tooling)
    if tooling.problem is not None:
        return tooling.problem.text
    if tooling.is_applying:
        return _("Applying the tool")
    if tooling.trial is None:
        return _("Working out the preview") if tooling.lacks is None else lacking_words(tooling)
    trial = tooling.trial
    size = {"ml": figures.ml(trial.ml), "islands": figures.islands(trial.islands)}
    if trial.found_hu is None:
        return _("Preview: {ml}, {islands}").format(**size) + parts_words(trial)
    lower, upper = trial.found_hu
    return _("Found {lower_hu} to {upper_hu} HU: {ml}, {islands}").format(
        lower_hu=lower, upper_hu=upper, **size
    )
