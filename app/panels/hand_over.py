"""The Hand over step's panel: destinations, where to, the passphrase, the one button."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from app import figures, picking
from app.dispatcher import Dispatcher
from app.language import translate as _
from app.language import translate_n
from app.parts.banner import Elided
from app.parts.basic import Item, Slot, button, column, isolated, label, note, picture, row, section
from app.parts.destination import destination
from app.parts.panel import PANEL_PX, Panel
from app.parts.text_field import TextField
from app.sealing import KeyFile, fingerprint_words, key_file
from app.sending import Sending
from planning.case.case import Case, Touched

MB = 1_000_000
SHORTEST_PX = 40
BUTTON_PX = PANEL_PX - 32 - 64  # less margins, padding and icon


class HandOverPanel(Panel):
    """Every change of what is chosen and every package goes through `Sending`."""

    def __init__(self, sending: Sending, dispatcher: Dispatcher) -> None:
        super().__init__("hand_over", _("Hand over"), "", sending.stop)
        self._sending, self._desk, self._run = sending, sending.desk, dispatcher.run
        self._places, self._signing = Slot(), Slot()
        self._passphrase: TextField | None = None
        self._key_shown: KeyFile | None = None
        self._full = QWidget()
        self._full.setLayout(column(self._places, self._signing))
        self._nothing = QWidget()
        go = button("hand_over_open", _("Open a CT"), lambda: self._run("step_open"), sign="open")
        self._nothing.setLayout(column(12, note(_("No case is open"), "text", 14), row(go, None)))
        self.body.addWidget(self._full)
        self.body.addWidget(self._nothing)
        self.body.addStretch(1)
        self._said = label("", 12, 400, "soft")
        self._said.setObjectName("sent_words")
        self.footer.add(self._said)
        self.footer.set_action("save_package", _("Save the package"), self._save, sign="export")
        sending.changed.connect(self.show_sending)
        self.show_sending()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the list when somebody comes to look: exporters are imported then."""
        super().showEvent(event)
        self._sending.pictures.want()
        self.show_sending()

    def show_case(self, case: Case | None, touched: Touched) -> None:
        """Show another case's state."""
        if self.isVisible():
            self._sending.pictures.want()
        self.show_sending()

    def show_sending(self) -> None:
        """Show what is chosen, what is missing, and what was written."""
        case = self._desk.case
        self._full.setVisible(case is not None)
        self._nothing.setVisible(case is None)
        self.footer.show_action_at_all(is_shown=case is not None)
        self._said.setVisible(case is not None)
        words = _("Every file is read back by other code than wrote it.")
        self.show_guide(words if case is not None else "")
        if case is None or not self.isVisible():
            return
        self._places.fill(self._destinations())
        self._fill_signing(case)
        self._show_footer()

    def _destinations(self) -> QBoxLayout:
        sending = self._sending
        outlooks = sending.outlooks
        parts: list[Item] = [section(_("Send to"))]
        for one in sending.destinations:
            against = outlooks[one.name].against
            below = purpose(one.name) or _(one.purpose)
            if against is not None:
                below = _("Not possible with this case")
            is_free = not sending.is_busy and against is None
            turn = (lambda name=one.name: self._turn(name)) if is_free else None
            stand = sending.stand(one.name)
            parts.append(destination(one.name, (_(one.title), below), turn, stand))
        folder = self._sending.folder
        choose = button("send_folder", _("Choose a folder"), self._choose_folder, role="link",
                        height=20)  # fmt: skip
        place = Elided(13, 500, kept_px=120)
        place.setObjectName("send_folder_name")
        place.show_words(isolated(str(folder)))
        line = row(picture("folder", "soft"), place, None)
        return column(*parts, section(_("Save in"), choose), line)

    def _turn(self, name: str) -> None:
        self._sending.toggle(name)

    def _fill_signing(self, case: Case) -> None:
        """Ask for the key's passphrase for a sealed plan; say why a draft is one."""
        if not case.is_sealed:
            self._passphrase = None
            self._signing.fill(column(*self._draft_words(case)))
            return
        held = self._passphrase
        if held is not None and held.isVisible() and self._key_shown == self._sending.key:
            return
        self._key_shown = self._sending.key
        key = self._sending.key
        choose = button("send_key", _("Choose a key file"), self._choose_key, role="link",
                        height=20)  # fmt: skip
        who = fingerprint_words(case.seals[-1].fingerprint)
        name = key.path.name if key is not None else _("No key yet")
        said = label(isolated(f"{name} · {who}") if key is not None else name, 12, 400, "soft")
        self._passphrase = TextField(
            "send_passphrase", _("Passphrase of the key"), is_secret=True,
            on_change=self._show_footer,
        )  # fmt: skip
        line = row(said, None)
        parts: list[Item] = [section(_("Sealer's key"), choose), line, self._passphrase]
        if key is None:
            words = _("Choose the key that sealed this plan: {key}.")
            parts.append(self._line("info", words.format(key=isolated(who))))
        self._signing.fill(column(*parts))

    def _draft_words(self, case: Case) -> list[Item]:
        parts: list[Item] = [8]
        words = _(
            "This plan is not sealed, so every file will be marked DRAFT and receivers refuse it."
        )
        parts.append(self._line("warning", words, "warn"))
        seal = button("go_seal", _("Seal the plan first"), lambda: self._run("step_check"),
                      role="link", height=24)  # fmt: skip
        parts.append(row(24, seal, None, gap=0))
        return parts

    def _line(self, sign: str, words: str, tone: str = "soft") -> QBoxLayout:
        line = row(column(picture(sign, tone, 16), None, gap=0), note(words, tone, 12))
        line.setStretch(1, 1)
        return line

    def _show_footer(self) -> None:
        sending, case = self._sending, self._desk.case
        self._said.setText(self._footer_words())
        has_key = not sending.needs_key or (
            sending.key is not None and self._passphrase is not None
            and bool(self._passphrase.text)
        )  # fmt: skip
        can = case is not None and bool(sending.names) and has_key and not sending.is_busy
        folder = sending.folder.name or str(sending.folder)
        self.footer.show_action(is_enabled=can, words=self._button_words(folder))

    def _button_words(self, folder: str) -> str:
        """Return the button's words, the folder's name cut in the middle where it is long."""
        action = self.footer.action
        assert action is not None
        words, metrics = _("Save package to {folder}"), action.fontMetrics()
        room = BUTTON_PX - metrics.horizontalAdvance(words.format(folder=""))
        if room < SHORTEST_PX:
            return _("Save the package")
        cut = metrics.elidedText(folder, Qt.TextElideMode.ElideMiddle, room)
        return words.format(folder=isolated(cut))

    def _footer_words(self) -> str:
        sending = self._sending
        n = len(sending.names)
        if not n:
            return _("Choose at least one destination.")
        destinations = translate_n("{n} destination", "{n} destinations", n)
        sent = sending.sent
        if sent is None:
            return self._lacking_words() or destinations
        files = translate_n("{n} file", "{n} files", len(sent.exported.files))
        size = isolated(f"{figures.decimal(sent.size_bytes / MB)} MB")
        return " · ".join((destinations, files, size))

    def _lacking_words(self) -> str:
        """Return what a sealed plan still needs beside its key before it can be saved."""
        if not self._sending.needs_key or self._sending.key is None:
            return ""
        has_typed = self._passphrase is not None and bool(self._passphrase.text)
        return "" if has_typed else _("Type the passphrase to save.")

    def _choose_folder(self) -> None:
        folder = picking.ask_target_folder(self, self._sending.folder)
        if folder is not None:
            self._sending.choose_folder(folder)

    def _choose_key(self) -> None:
        path = picking.ask_key_file(self, self._sending.folder)
        if path is not None:
            self._sending.choose_key(key_file(path))

    def _save(self) -> None:
        field = self._passphrase
        passphrase = "" if field is None else field.text
        if field is not None:
            field.clear()
        # Its button closes now, and Qt would hand the focus to whatever comes next.
        self.window().setFocus()
        self._sending.save(passphrase)


def purpose(name: str) -> str:
    """Return what a destination is for, short enough for its row; "" for one not known here."""
    purposes = {
        "package": _("Record for every receiver"),
        "print": _("Models as STL and 3MF, in mm"),
        "nav": _("For Slicer and OpenIGTLink, LPS mm"),
        "robot": _("No-go zones, paths and frame"),
        "ar": _("Scene and page, to look at only"),
        "report": _("PDF for people, to print and file"),
        "dicom": _("PACS and navigation, patient's study"),
    }
    return purposes.get(name, "")
