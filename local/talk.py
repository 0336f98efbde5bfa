"""What a person sees while parts come down and servers come up: one line a step, with seconds, on stderr."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

_CONSOLE = Console(stderr=True, highlight=False, soft_wrap=True)
_BEAT_S = 5.0


def say(text: str) -> None:
    """One line to stderr."""
    _CONSOLE.print(text, markup=False)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say ``title``, a sign of life every five seconds, and the seconds it took; a failure is said too and goes on up."""
    begun, over = time.monotonic(), threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_S):
            say(f"  … {title}: {time.monotonic() - begun:.0f} s")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    end = "failed after"
    try:
        yield
        end = "done in"
    finally:
        over.set()
        thread.join()
        say(f"  {title}: {end} {time.monotonic() - begun:.1f} s")
