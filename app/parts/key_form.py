"""The key that signs: choose a file, or make a new key."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QPushButton, QWidget

from app.language import translate as _
from app.parts.banner import Elided
from app.parts.basic import Slot, column, isolated, label, note, row
from app.parts.text_field import TextField
from app.sealing import PASSPHRASE_LENGTH_MIN, KeyFile, fingerprint_words, key_file

MakeButton = Callable[[str, str, Callable[[], object], str], QPushButton]


@dataclass(frozen=True, slots=True)
class KeyAsks:
    """What the form asks of the dialog around it.

    `choose` and `place` let a person choose a key file and where a new one goes; `place` is None
    where the place is given (practice). `make` makes the key.
    """

    choose: Callable[[], Path | None]
    place: Callable[[], Path | None]
    make: Callable[[Path, str], object]
    button: MakeButton


class KeyForm(QWidget):
    """Shows the chosen key, or the two fields of a new key's passphrase."""

    def __init__(
        self, asks: KeyAsks, on_change: Callable[[], object], *, is_practice: bool
    ) -> None:
        super().__init__()
        self._asks, self._on_change, self._is_practice = asks, on_change, is_practice
        self.key: KeyFile | None = None
        self.is_making = False
        self._slot = Slot()
        self.setLayout(column(self._slot, gap=0))

    def show_key(self, key: KeyFile | None) -> None:
        """Show the key that will sign; None for none yet."""
        self.key, self.is_making = key, False
        is_practice = self._is_practice
        title = _("Practice key") if is_practice else _("Signing key")
        name = Elided(13, 500, kept_px=120)
        name.setObjectName("seal_key_name")
        name.show_words(key.path.name if key is not None else _("No key yet"))
        print_words = fingerprint_words(key.fingerprint) if key is not None else ""
        if key is not None and not key.fingerprint:
            print_words = _("not a key")
        links = []
        if not is_practice:
            words = _("Choose a key file")
            links.append(self._asks.button("seal_key", words, self._choose, "link"))
        words = _("Make a practice key") if key is None else _("Make a new practice key")
        new = words if is_practice else _("Make a new key")
        links.append(self._asks.button("seal_make_key", new, self._begin, "link"))
        self._slot.fill(
            column(
                row(label(title, 12, 600, "soft"), None, *links, gap=16),
                row(name, 8, label(isolated(print_words), 12, 400, "soft"), None),
                gap=4,
            )
        )
        self._on_change()

    def _choose(self) -> None:
        path = self._asks.choose()
        if path is not None:
            self.show_key(key_file(path))

    def _begin(self) -> None:
        self.is_making = True
        self._first = TextField(
            "seal_new_passphrase", _("New passphrase"), is_secret=True, on_change=self._show_match
        )
        self._again = TextField(
            "seal_new_again", _("The same again"), is_secret=True, on_change=self._show_match
        )
        self._hint = note("", "soft", 12)
        self._make = self._asks.button("seal_keep_key", _("Make the key"), self._finish, "")
        back = self._asks.button("seal_key_back", _("Back"), self._back, "link")
        fields = row(self._first, self._again)
        for n in range(2):
            fields.setStretch(n, 1)
        foot = row(self._hint, back, self._make, gap=16)
        foot.setStretch(0, 1)
        self._slot.fill(column(fields, foot))
        self._first.setFocus()
        self._show_match()
        self._on_change()

    def _back(self) -> None:
        self.show_key(self.key)

    def _show_match(self) -> None:
        first, again = self._first.text, self._again.text
        is_long = len(first) >= PASSPHRASE_LENGTH_MIN
        hint = _("At least {n} signs. Nobody can bring it back.").format(n=PASSPHRASE_LENGTH_MIN)
        if is_long and again and first != again:
            hint = _("The two passphrases differ.")
        self._hint.setText(hint)
        self._make.setEnabled(is_long and first == again)

    def _finish(self) -> None:
        path = self._asks.place()
        if path is None:
            return
        passphrase = self._first.text
        for field in (self._first, self._again):
            field.clear()
        self._asks.make(path, passphrase)
