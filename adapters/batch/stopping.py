"""Ctrl-C between two steps: raised in the middle of kafka-python, it may leave a lock taken for which the end then waits for ever."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.batch.run import Progress


@contextmanager
def stoppable(progress: Progress) -> Iterator[Progress]:
    """``progress``, which raises KeyboardInterrupt once Ctrl-C was pressed; a second Ctrl-C does so at once, wherever the run is.

    For the main thread only, as all signals are.
    """
    asked = False

    def ask(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            signal.default_int_handler(number, frame)
        asked = True
        os.write(2, b"stopping at the next step; Ctrl-C once more stops at once\n")

    def tell(done: int, of: int) -> None:
        if asked:
            raise KeyboardInterrupt
        progress(done, of)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield tell
    finally:
        signal.signal(signal.SIGINT, before)
