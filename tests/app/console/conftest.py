"""Commands run in this process: what they draw with is the application that later tests need."""

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="session", autouse=True)
def one_application(qapp: QApplication) -> QApplication:
    """Have a whole application from the start; a command would make one without widgets."""
    return qapp
