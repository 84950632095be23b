"""The Hand over step's page: the plan passport and the pictures."""

from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea

from app import figures
from app.language import sentence
from app.language import translate as _
from app.parts.basic import (
    Chip,
    Item,
    Slot,
    button,
    chip,
    column,
    isolated,
    label,
    note,
    row,
)
from app.parts.outlook_table import OutlookRow, OutlookTable
from app.parts.passport_table import PassportRow, PassportTable, table_px
from app.parts.still import Still
from app.sealing import fingerprint_words
from app.sending import Sending, Sent
from app.sending_pictures import VIEWS
from planning.case.case import Case, SegmentId

if TYPE_CHECKING:
    from planning.exchange.passport import Row

EDGE_PX = 24
EMPTY_PX = 44
TABLE_PX = 168
GAP_PX = 8
LARGEST_PX = 340
PICTURE_SHARE = 0.46  # of the page's height


class HandOverPage(QFrame):
    """Stands in the place of the views while the step is Hand over."""

    def __init__(self, sending: Sending) -> None:
        super().__init__()
        self.setObjectName("hand_over_page")
        self.setProperty("role", "surface")
        self._sending = sending
        self._head, self._table, self._pictures = Slot(), Slot(), Slot()
        self._shown: dict[str, bytes] | None = None
        self._frames: list[Still] = []
        self._scroll = QScrollArea()
        self._scroll.setObjectName("scroll_passport")
        self._scroll.setWidget(self._table)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole = column(self._head, self._scroll, self._pictures, gap=12,
                       margins=(EDGE_PX, 20, EDGE_PX, 16))  # fmt: skip
        whole.addStretch(1)
        whole.setStretch(1, 100)
        self.setLayout(whole)
        sending.changed.connect(self.show_sending)
        self.show_sending()

    def show_sending(self) -> None:
        """Show the last package of this case, or what there will be, and the pictures."""
        case, sent = self._sending.desk.case, self._sending.sent
        self._head.fill(self._heading(case, sent))
        if sent is not None:
            rows = passport_rows(sent)
            self._fill_table(column(PassportTable(rows), None), table_px(len(rows)))
        elif case is not None and self.isVisible():
            told = outlook_rows(self._sending)
            self._fill_table(column(OutlookTable(told), None), table_px(len(told)))
        else:
            self._fill_table(column(note(_("Open a case to hand its plan over.")), None), EMPTY_PX)
        pictures = self._sending.pictures.shown
        if pictures is not self._shown:
            self._shown = pictures
            self._pictures.fill(self._stills(case, pictures))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Tell what will go where when somebody comes to look: exporters are imported then."""
        super().showEvent(event)
        self.show_sending()

    def _fill_table(self, table: QBoxLayout, whole_px: int) -> None:
        self._table.fill(table)
        self._scroll.setMaximumHeight(whole_px)
        self._scroll.setMinimumHeight(min(whole_px, TABLE_PX))

    def _heading(self, case: Case | None, sent: Sent | None) -> QBoxLayout:
        if sent is None:
            title = label(_("What will be handed over"), 20, 600)
            later = _("After writing, each file stands here with the code that read it back.")
            return column(title, *([note(later)] if case is not None else []), gap=4)
        top = row(label(_("Plan passport"), 20, 600), None, verdict_chip(sent, self._sending))
        words = note(head_words(sent), "soft", 13)
        words.setObjectName("passport_head")
        links: list[Item] = [
            button("open_package", _("Open the folder"), self._open, role="link", height=24)
        ]
        if sent.exported.fingerprint is not None:
            links.append(
                button("copy_fingerprint", _("Copy the fingerprint"), self._copy, role="link",
                       height=24)
            )  # fmt: skip
        return column(top, words, *self._failures(sent), row(*links, None, gap=16), gap=4)

    def _failures(self, sent: Sent) -> list[Item]:
        verdict = sent.verdict
        if verdict is None or verdict.passed:
            return []
        wrong = [check for check in verdict.checks if not check.ok]
        return [note(sentence(check.code, check.values), "block", 13) for check in wrong[:3]]

    def _stills(self, case: Case | None, pictures: dict[str, bytes]) -> QBoxLayout:
        if case is None:
            return column(None)
        head = label(_("Pictures in the package"), 12, 600, "soft")
        if not pictures:
            return column(head, note(_("Drawing the pictures")), None)
        self._frames = [Still(view, pictures[view]) for view in VIEWS if view in pictures]
        self._size_pictures()
        line = row(*self._frames, gap=GAP_PX)
        # Pictures keep their order in every language.
        line.setDirection(
            QBoxLayout.Direction.RightToLeft if self.isRightToLeft()
            else QBoxLayout.Direction.LeftToRight
        )  # fmt: skip
        return column(head, row(line, None, gap=0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Let the pictures be as large as the width allows and the table can spare."""
        super().resizeEvent(event)
        self._size_pictures()

    def _size_pictures(self) -> None:
        wide = (self.width() - 2 * EDGE_PX - (len(VIEWS) - 1) * GAP_PX) // len(VIEWS)
        side = max(120, min(wide, LARGEST_PX, int(PICTURE_SHARE * self.height())))
        for frame in self._frames:
            frame.setFixedSize(side, side)

    def _open(self) -> None:
        sent = self._sending.sent
        if sent is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(sent.exported.folder)))

    def _copy(self) -> None:
        sent = self._sending.sent
        if sent is not None and sent.exported.fingerprint is not None:
            QGuiApplication.clipboard().setText(sent.exported.fingerprint)
            self._sending.desk.say(_("The fingerprint is on the clipboard."), "ok")


def outlook_rows(sending: Sending) -> list[OutlookRow]:
    """Return each chosen destination's share of the case, and each that can't take it."""
    rows = []
    for one in sending.destinations:
        told = sending.outlooks[one.name]
        if told.against is not None:
            against = sentence(told.against.code, told.against.values)
            rows.append(OutlookRow(one.name, _(one.title), "", "", against))
        elif one.name in sending.names:
            left = "; ".join(
                f"{name}: {_(why)}" if n == len(told.left_out) - 1 else name
                for n, (name, why) in enumerate(told.left_out)
            )
            rows.append(OutlookRow(one.name, _(one.title), ", ".join(told.sent), left, ""))
    return rows


def passport_rows(sent: Sent) -> list[PassportRow]:
    """Return the passport's lines as people read them."""
    names = {segment.id: segment.name for segment in sent.case.segments}
    rows = []
    for one in sorted(sent.exported.files, key=_place_in_table):
        written, path = one.written, one.path.removeprefix("data/")
        frame = f"{written.frame} {written.unit}".strip()
        title = names.get(SegmentId(PurePosixPath(path).stem), "")
        errors = written.error_mm, written.allowed_mm
        rows.append(PassportRow(path, title, frame, written.read_by, *errors))
    return rows


def _place_in_table(row: "Row") -> tuple[int, str]:
    """Return what sorts the plan first, then models, then the record's parts, then pictures."""
    path = row.path.removeprefix("data/")
    folders = ("plan.json", "print", "package")
    first = path.partition("/")[0]
    return (folders.index(first) if first in folders else len(folders), path)


def head_words(sent: Sent) -> str:
    """Return one line: side, version, when sealed, by which key."""
    case = sent.case
    parts = [
        figures.side_words(case.side),
        _("plan version {n}").format(n=isolated(str(case.version))),
    ]
    if sent.exported.is_draft or not case.seals:
        parts.append(_("draft, not sealed"))
    else:
        seal = case.seals[-1]
        at = datetime.fromisoformat(seal.at).astimezone().strftime("%Y-%m-%d, %H:%M")
        parts.append(_("sealed {time}").format(time=isolated(at)))
        parts.append(_("key {key}").format(key=isolated(fingerprint_words(seal.fingerprint))))
    return " · ".join(parts)


def verdict_chip(sent: Sent, sending: Sending) -> Chip:
    """Return what reading the package back said; an old package says that it is one."""
    n = len(sent.exported.files)
    if sending.is_outdated:
        return chip("passport_verdict", _("OUTDATED: the plan has changed"), "warn", sign="stale")
    if sent.verdict is None:
        return chip("passport_verdict", _("Without a package to verify"), "warn", sign="warning")
    if not sent.verdict.passed:
        return chip("passport_verdict", _("Verification failed"), "block", sign="blocked")
    words = _("Verified: {n} of {n} files").format(n=n)
    return chip("passport_verdict", words, "ok", sign="check")
