"""Now, as a value that tests and replays can set."""

import time
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since 1970 UTC."""

    def now_ms(self) -> int:
        """The present time of this clock."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Wall time."""
        return time.time_ns() // 1_000_000
