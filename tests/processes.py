"""What runs below a process, seen while parts of it come and go."""

from __future__ import annotations

from contextlib import suppress

import psutil


def descendants(of: int | None = None, word: str = "") -> list[psutil.Process]:
    """What process `of` (this one) started, itself or through others, that still runs and whose command line holds `word`.

    Parents go before their children. What ends while one looks is passed over.
    """
    found: list[psutil.Process] = []
    with suppress(psutil.Error):
        for child in psutil.Process(of).children(recursive=True):
            with suppress(psutil.Error):  # a zombie has no command line either
                if word in " ".join(child.cmdline()):
                    found.append(child)
    return found
