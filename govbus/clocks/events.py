"""What happens to a clock. Each event has two times: when it happened, and when the bus learnt of it. Nothing else moves a clock."""

from dataclasses import dataclass

from govbus.clocks.terms import Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event; a second one with the same id is the same event, delivered again."""

    id: str
    at: int
    """When it happened, by its source: milliseconds since 1970. Never believed to be later than ``known``."""
    known: int
    """When the bus learnt of it: log time, milliseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The duty began: the application was received, the error was reported. That day does not count."""

    calendar: str
    """Version of the calendar by which a due day was promised, if any was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """The clock stands still, for one of four reasons."""

    kind: Pause


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The clock goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Event):
    """Somebody consented to more time; counts once, and only before the term is over."""

    consent: str
    """Who consented and under which number; empty is no consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Event):
    """The work was done."""
