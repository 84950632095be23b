"""Who lies on the table: the banner over every step, and the band of a simulation."""

from datetime import date
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import figures
from app.language import translate as _
from app.parts.basic import Chip, isolated, label, picture, row, tint
from app.theme import DRAFT_FILL, DRAFT_INK
from planning.case.case import Case, Kind, Outcome
from viewers.fonts import font

NO_TEXT: Final = figures.NOTHING
THICK_SLICES_MM: Final = 2.0
STRIPE_PX: Final = 14


class Elided(QLabel):
    """Words that give way: cut with an ellipsis, whole in the tooltip."""

    def __init__(self, px: int, weight: int, tone: str = "text", kept_px: int = 40) -> None:
        super().__init__()
        self._kept_px = kept_px
        tint(self, tone)
        self.setFont(font(px, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._whole = ""

    def show_words(self, text: str) -> None:
        """Show as much of `text` as there is room for."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._cut()
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Ask for the whole line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be content with the part that has to stay."""
        metrics = self.fontMetrics()
        kept = min(metrics.horizontalAdvance(self._whole) + 2, self._kept_px)
        return QSize(kept, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Cut again."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        elided = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 1)
        )
        self.setText(elided)


class Banner(QFrame):
    """Code, name, birth, sex, scan, badges; side and state at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setAccessibleName(_("Patient banner"))
        self.setProperty("role", "surface")
        self.setFixedHeight(48)
        self._code = label("", 15, 600)
        # Of all the fields the name gives way last: it tells whose case this is (HAZ-6).
        self._name = Elided(13, 500, kept_px=190)
        self._scan = Elided(13, 500, kept_px=90)
        self._values: dict[str, QLabel] = {}
        self._fields = [
            self._field("name", _("Patient"), self._name),
            self._field("born", _("Born"), label("", 13, 500)),
            self._field("sex", _("Sex"), label("", 13, 500)),
            self._field("scan", _("CT"), self._scan),
        ]
        self._badges = [Chip(f"badge_{n}") for n in range(3)]
        self._empty = label(_("No case open"), 13, 400, "soft")
        self._side = Chip("chip_side", 28)
        self._state = Chip("chip_state", 28)
        self.setLayout(self._arranged())
        self.show_case(None)

    def _field(self, name: str, title: str, value: QLabel) -> QWidget:
        value.setObjectName(f"banner_{name}")
        self._values[name] = value
        field = QWidget()
        field.setLayout(row(label(title, 12, 400, "soft"), value, gap=6))
        field.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        return field

    def _arranged(self) -> QHBoxLayout:
        mark = QWidget()
        mark.setFixedWidth(80)
        mark.setLayout(row(None, picture("tasrif", "accent", 24), None, gap=0))
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(mark)
        line.addWidget(self._code)
        for field in self._fields:
            field.setContentsMargins(0, 0, 0, 0)
            line.addSpacing(20)
            line.addWidget(field)
        for badge in self._badges:
            line.addSpacing(8)
            line.addWidget(badge)
        line.addStretch(1)
        line.addWidget(self._empty)
        line.addWidget(self._side)
        line.addSpacing(8)
        line.addWidget(self._state)
        line.addSpacing(16)
        return line

    def show_case(self, case: Case | None) -> None:
        """Show whose case this is; None shows the program's name and no patient."""
        has_case = case is not None
        for widget in (*self._fields, self._side, self._state):
            widget.setVisible(has_case)
        self._empty.setVisible(not has_case)
        if case is None:
            self._code.setText("Tasrif")
            self._show_badges(())
            return
        who = case.identity
        self._code.setText(isolated(who.code))
        self._name.show_words(figures.person(who.name) or _("De-identified"))
        self._values["born"].setText(isolated(figures.date_of(who.birth_date)))
        self._values["sex"].setText(isolated(who.sex or NO_TEXT))
        self._scan.show_words(scan_words(case, date.today()))
        self._show_badges(badges(case))
        self._side.show_words(figures.side_words(case.side), "accent", ground="tint")
        self._show_state(case)

    def _show_state(self, case: Case) -> None:
        """Say whether the plan is sealed or withdrawn, and its version; never by colour alone."""
        if case.is_withdrawn:
            words = _("WITHDRAWN · version {n}").format(n=isolated(str(case.version)))
            self._state.show_words(words, "block", sign="blocked", ground="panel")
        elif case.is_sealed:
            words = _("SEALED · version {n}").format(n=isolated(str(case.version)))
            self._state.show_words(words, "ok", sign="seal", ground="panel")
        else:
            words = _("DRAFT · version {n}").format(n=isolated(str(case.version)))
            self._state.show_words(
                words, "warn", sign="report", ground=DRAFT_FILL, ink=DRAFT_INK, border=DRAFT_FILL
            )

    def _show_badges(self, words: tuple[str, ...]) -> None:
        for n, badge in enumerate(self._badges):
            badge.setVisible(n < len(words))
            if n < len(words):
                badge.show_words(words[n], "warn", sign="warning")


def scan_words(case: Case, today: date) -> str:
    """Return the scan's date, its age and the distance of its slices."""
    step = f"{figures.decimal(case.volume.grid.spacing_kji_mm[0])} mm"
    old = figures.age(case.source.study_date, today)
    parts = (figures.date_of(case.source.study_date), old, step)
    return " · ".join(isolated(part) for part in parts if part)


def badges(case: Case) -> tuple[str, ...]:
    """Return the warnings that never leave the banner: view only, regularised, thick slices."""
    words = []
    if case.source.outcome is Outcome.VIEW_ONLY:
        words.append(_("View only"))
    if case.source.regularised_mm is not None:
        words.append(_("Regularised"))
    if case.volume.grid.spacing_kji_mm[0] > THICK_SLICES_MM:
        words.append(_("Thick slices"))
    return tuple(words)


class SimulationBand(QWidget):
    """Amber and black stripes with words, under the banner, for practice only."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("simulation_band")
        self.setFixedHeight(24)
        self.setAccessibleName(self.words())
        self.hide()

    def words(self) -> str:
        """Return what the band says."""
        return _("SIMULATION · NOT FOR CLINICAL USE")

    def show_case(self, case: Case | None) -> None:
        """Stand there exactly while a simulation is open."""
        self.setVisible(case is not None and case.kind is Kind.SIMULATION)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the stripes and, on a quiet ground, the words."""
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, width = float(self.height()), float(self.width())
        painter.fillRect(self.rect(), QColor(DRAFT_INK))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(DRAFT_FILL))
        x = -height
        while x < width:
            painter.drawPolygon(_stripe(x, height))
            x += 2 * STRIPE_PX
        painter.setFont(font(12, 600))
        room = painter.fontMetrics().horizontalAdvance(self.words()) + 32
        box = QRectF((width - room) / 2, 0.0, room, height)
        painter.fillRect(box, QColor(DRAFT_FILL))
        painter.setPen(QColor(DRAFT_INK))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.words())
        painter.end()


def _stripe(x: float, height: float) -> QPolygonF:
    feet, heads = (x, x + STRIPE_PX), (x + STRIPE_PX + height, x + height)
    return QPolygonF(
        [*(QPointF(foot, height) for foot in feet), *(QPointF(head, 0.0) for head in heads)]
    )
