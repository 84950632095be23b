"""Start Tasrif: the window on a path, or a command (see `main.py --help`)."""

import sys
from multiprocessing import freeze_support

from app.cli import main

if __name__ == "__main__":
    freeze_support()
    sys.exit(main())
