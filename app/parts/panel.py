"""The work panel: title, one sentence, a body that scrolls, a footer that never does."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon, is_rtl, pixmap
from app.language import translate as _
from app.language import translate_n
from app.message import Message
from app.parts.basic import button, column, give_role, label, note, picture, row, rule, tint
from app.tasks import Task
from planning.case.case import Case, Touched

PANEL_PX = 328
OPEN_PANEL_PX = 304


class Footer(QFrame):
    """Message line, progress with Cancel, and the step's one button, from top to bottom.

    `asked` carries the command that a message's link names.
    """

    asked = Signal(str)

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        super().__init__()
        self._message: Message | None = None
        self._sign = QLabel()
        self._sign.setFixedSize(16, 16)
        self._words = note("", "soft", 12)
        self._words.setObjectName("message")
        self._copy = button("copy_message", _("Copy"), self._copy_message, role="link", height=20)
        self._link = button("message_link", _("Copy"), self._follow_link, role="link", height=20)
        self._line = QWidget()
        # In a row of its own, or the link would bound the width of the words.
        said = column(self._words, row(self._link, None), gap=4)
        self._line.setLayout(
            row(column(self._sign, None, gap=0, margins=(0, 1, 0, 0)), said, self._copy)
        )
        self._line.layout().setStretch(1, 1)  # type: ignore[union-attr]
        self._task = self._make_task_line(on_cancel)
        self.action: QPushButton | None = None
        self._rows = column(rule(), self._line, self._task, gap=8)
        self._standing: list[QWidget] = [self._line, self._task]
        self.setLayout(self._rows)
        self.show_message(None)
        self.show_task(None)

    def _make_task_line(self, on_cancel: Callable[[], None]) -> QWidget:
        self._title = note("", "soft", 12)
        self._title.setObjectName("task_title")
        cancel = button("cancel_task", _("Cancel"), on_cancel, role="link", height=20)
        self._bar = QProgressBar()
        self._bar.setObjectName("task_bar")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(4)
        line = QWidget()
        top = row(self._title, cancel)
        top.setStretch(0, 1)
        line.setLayout(column(top, self._bar, gap=6, margins=(0, 0, 0, 4)))
        return line

    def set_action(
        self, name: str, text: str, on_click: Callable[[], object], sign: str = ""
    ) -> None:
        """Put the step's button at the foot."""
        self.action = button(name, text, on_click, role="primary", sign=sign, height=40)
        self.add(self.action)

    def add(self, widget: QWidget) -> None:
        """Put a standing line at the foot."""
        self._rows.addWidget(widget)
        self._standing.append(widget)
        self._fold()

    def _fold(self) -> None:
        """Take the hairline away with the last line under it."""
        self.setVisible(not all(widget.isHidden() for widget in self._standing))

    def show_action_at_all(self, *, is_shown: bool) -> None:
        """Show the step's button or leave it away."""
        if self.action is not None:
            self.action.setVisible(is_shown)
            self._fold()

    def show_action(
        self, *, is_enabled: bool, is_filled: bool = True, sign: str = "", words: str = ""
    ) -> None:
        """Open or close the step's button; it is an outline while another one is filled."""
        if self.action is None:
            return
        if words:
            self.action.setText(f" {words}")
            self.action.setAccessibleName(words)
        self.action.setEnabled(is_enabled)
        give_role(self.action, "primary" if is_filled else "")
        if sign:
            self.action.setIcon(icon(sign, "on_fill" if is_filled else "soft"))

    @property
    def message(self) -> Message | None:
        """What the line says now."""
        return self._message

    def show_message(self, message: Message | None) -> None:
        """Say one thing, or nothing."""
        self._message = message
        self._line.setVisible(message is not None)
        self._fold()
        if message is None:
            return
        self._sign.setPixmap(pixmap(message.sign, message.tone, 16))
        self._words.setText(message.text)
        tint(self._words, message.tone)
        self._copy.setVisible(bool(message.code))
        self._link.setVisible(bool(message.command))
        self._link.setText(message.link)
        self._link.setAccessibleName(message.link)

    def show_task(self, task: Task | None) -> None:
        """Show how far the work is, with Cancel; None hides it."""
        self._task.setVisible(task is not None)
        self._fold()
        if task is None:
            return
        self._title.setText(task_words(task))
        self._bar.setRange(0, 1000 if task.total else 0)
        if task.total:
            self._bar.setValue(int(1000 * task.done / task.total))

    def _follow_link(self) -> None:
        if self._message is not None:
            self.asked.emit(self._message.command)

    def _copy_message(self) -> None:
        if self._message is not None:
            QGuiApplication.clipboard().setText(self._message.copy_text)


def task_words(task: Task) -> str:
    """Return what runs and how far it is."""
    if not task.total:
        return task.title
    percent = int(100 * task.done / task.total)
    return _("{title}: {percent} %").format(title=task.title, percent=percent)


class Recovered(QFrame):
    """One line on top of the panel: how many edits came back after a crash, and a link to it."""

    def __init__(self, on_fine: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("recovered")
        self.setProperty("role", "card")
        self._n = 0
        self._words = note("", "text", 12)
        self._words.setObjectName("recovered_words")
        fine = button("recovered_fine", _("Fine"), on_fine, role="link", height=20)
        line = row(picture("info", "soft", 16), self._words, fine, margins=(10, 6, 10, 6))
        line.setStretch(1, 1)
        self.setLayout(line)
        self.hide()

    def show_number(self, n: int) -> None:
        """Say that `n` edits came back; nothing for 0."""
        if n == self._n:
            return
        self._n = n
        self._words.setText(
            translate_n(
                "{n} edit recovered after the last stop.",
                "{n} edits recovered after the last stop.",
                n,
            )
        )
        self.setVisible(n > 0)


class _Body(QWidget):
    """What scrolls: never lower than its wrapped words need, or they would be squeezed instead."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setLayout(layout)

    def event(self, event: QEvent) -> bool:
        """Ask for another height when the words changed."""
        taken = super().event(event)
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Resize):
            layout = self.layout()
            need = layout.totalHeightForWidth(self.width()) if layout is not None else 0
            if need != self.minimumHeight():
                self.setMinimumHeight(max(need, 0))
        return taken


class Panel(QFrame):
    """What every step's panel has in common."""

    def __init__(self, name: str, title: str, guide: str, on_cancel: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName(f"panel_{name}")
        self.setAccessibleName(title)
        self.setProperty("role", "surface")
        self._guide = note(guide)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        inside = _Body(self.body)
        scroll = QScrollArea()
        scroll.setObjectName(f"scroll_{name}")
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.footer = Footer(on_cancel)
        self.recovered = Recovered(lambda: self.footer.asked.emit("accept_recovered"))
        # The area reaches 8 px into the panel's margins: there its bar stands, beside the words.
        self.area = scroll
        scroll.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self._keep_width(0, 0)
        inset = (8, 0, 8, 0)
        head = column(self.recovered, label(title, 20, 600), self._guide, margins=inset)
        whole = column(head, scroll, column(self.footer, margins=inset), margins=(8, 16, 8, 16))
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def fit_body(self) -> None:
        """Give the body the height that its words need now, not in the next turn of the loop."""
        inside = self.area.widget()
        layout = inside.layout() if inside is not None else None
        if inside is not None and layout is not None:
            inside.setMinimumHeight(max(layout.totalHeightForWidth(inside.width()), 0))
            layout.activate()

    def _keep_width(self, _low: int, high: int) -> None:
        """Keep the body as wide with a scroll bar as without."""
        start, end = 8, 0 if high else 8
        left, right = (end, start) if is_rtl() else (start, end)
        self.body.setContentsMargins(left, 0, right, 0)

    def show_guide(self, words: str) -> None:
        """Show the one sentence under the title."""
        self._guide.setText(words)

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show what an edit touched; panels override what concerns them."""
