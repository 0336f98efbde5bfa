"""What whoever started a batch sees while it runs, on standard error: a bar on a terminal, elsewhere a line now and then."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

EVERY_S, _OVER_S = 10.0, 20.0
_MINUTE, _HOUR = 60, 3600


class Pace:
    """How fast it goes, over the last seconds: a run that goes on where another stopped has not done the other's part."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()

    def words(self, done: int, of: int) -> str:
        """E.g. ``12,000 of 50,000, 1,020 a second, 38,000 left, 37 s to go``."""
        now = self._clock()
        self._seen.append((now, done))
        while now - self._seen[0][0] > _OVER_S:
            self._seen.popleft()
        since, before = self._seen[0]
        rate = (done - before) / (now - since) if now > since else 0.0
        to_go = f"{_duration((of - done) / rate)} to go" if rate > 0 else "nothing comes back yet"
        return f"{done:,} of {of:,}, {rate:,.0f} a second, {of - done:,} left" + (f", {to_go}" if done < of else "")


@contextmanager
def shown(stream: TextIO = sys.stderr, clock: Callable[[], float] = time.monotonic) -> Iterator[Callable[[int, int], None]]:
    """A progress (done, of) that is shown on ``stream``."""
    pace = Pace(clock)
    if not stream.isatty():
        yield _lines(stream, pace, clock)
        return
    with Bar(TextColumn("checked"), BarColumn(), TextColumn("{task.fields[words]}"), console=Console(file=stream)) as bar:
        task = bar.add_task("", total=None, words="")
        yield lambda done, of: bar.update(task, completed=done, total=of, words=pace.words(done, of))


def _lines(stream: TextIO, pace: Pace, clock: Callable[[], float]) -> Callable[[int, int], None]:
    told = clock()

    def tell(done: int, of: int) -> None:
        nonlocal told
        words, now = pace.words(done, of), clock()
        if now - told >= EVERY_S or done == of:
            told = now
            stream.write(f"checked {words}\n")
            stream.flush()

    return tell


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"
