"""The course of one clock: its events in the order in which they happened, and those that may not count, each with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from govbus.clocks.calendar import Calendar
from govbus.clocks.events import Done, Event, Extended, Paused, Resumed, Started
from govbus.clocks.reckon import Due, Stretch, due
from govbus.clocks.terms import Pause, Term


class Refusal(StrEnum):
    """Why an event does not count."""

    ID_CONFLICT = "id_conflict"  # the same id with another content; the one that was known first counts
    STARTED_ALREADY = "started_already"
    BEFORE_START = "before_start"
    AFTER_DONE = "after_done"
    NO_SUCH_PAUSE = "no_such_pause"  # the term admits no pause of this kind
    PAUSED_ALREADY = "paused_already"
    SECOND_SUPPLEMENT = "second_supplement"  # 一次性告知: supplements are asked for once (条例 Art 21)
    NOT_PAUSED = "not_paused"
    NO_EXTENSION = "no_extension"  # the term admits none
    EXTENDED_ALREADY = "extended_already"
    NO_CONSENT = "no_consent"
    TOO_LATE = "too_late"  # a term that is over cannot be prolonged


_ORDER = (Started, Extended, Paused, Resumed, Done)
"""What comes first within one millisecond."""


@dataclass(slots=True)
class Course:
    """A clock after some of its events."""

    term: Term
    calendar: Calendar
    start: Started
    ran: list[Stretch]
    paused: bool = False
    supplements: int = 0
    extended: bool = False
    done: int | None = None
    """When the work was done, in milliseconds."""
    refused: list[tuple[str, Refusal]] = field(default_factory=list)

    def due(self) -> Due:
        """How far it has come."""
        return due(self.term, self.extended, self.ran, self.calendar)

    def take(self, event: Event) -> None:
        """The next event in order of time."""
        if why := self._refusal(event):
            self.refused.append((event.id, why))
            return
        begin, _ = self.ran[-1]
        match event:
            case Paused(kind=kind):
                self.ran[-1], self.paused = (begin, event.at), True
                self.supplements += kind is Pause.SUPPLEMENT
            case Resumed():
                self.ran.append((event.at, None))
                self.paused = False
            case Extended():
                self.extended = True
            case Done():
                # Two departments' clocks differ by seconds: work that seems done before it was asked for is done all the same.
                self.done = max(event.at, self.start.at)

    def _refusal(self, event: Event) -> Refusal | None:
        if isinstance(event, Started):
            return Refusal.STARTED_ALREADY
        if self.done is not None:
            return Refusal.AFTER_DONE
        if event.at < self.start.at and not isinstance(event, Done):
            return Refusal.BEFORE_START
        match event:
            case Paused(kind=kind):
                why = self._no_pause(kind)
            case Resumed():
                why = None if self.paused else Refusal.NOT_PAUSED
            case Extended(consent=consent):
                why = self._no_extension(event.at, consent)
            case _:
                why = None
        return why

    def _no_pause(self, kind: Pause) -> Refusal | None:
        if kind not in self.term.pauses:
            return Refusal.NO_SUCH_PAUSE
        if self.paused:
            return Refusal.PAUSED_ALREADY
        return Refusal.SECOND_SUPPLEMENT if kind is Pause.SUPPLEMENT and self.supplements else None

    def _no_extension(self, at: int, consent: str) -> Refusal | None:
        if self.term.extension is None:
            return Refusal.NO_EXTENSION
        if self.extended:
            return Refusal.EXTENDED_ALREADY
        if not consent.strip():
            return Refusal.NO_CONSENT
        late_from = self.due().late_from
        return Refusal.TOO_LATE if late_from is not None and at >= late_from else None


def once(events: Iterable[Event]) -> tuple[list[Event], list[tuple[str, Refusal]]]:
    """Each event once, as it was first known; and ids that were used for something else as well."""
    kept: dict[str, Event] = {}
    conflicts: dict[str, None] = {}
    for event in sorted(events, key=lambda each: (each.id, each.known, repr(each))):
        first = kept.setdefault(event.id, event)
        if replace(event, known=first.known) != first:
            conflicts[event.id] = None
    return list(kept.values()), [(identity, Refusal.ID_CONFLICT) for identity in conflicts]


def run(term: Term, events: Iterable[Event], calendar: Calendar) -> Course | None:
    """The course after ``events`` in any order, each of them given once; None while no start is known."""
    believed = (replace(event, at=min(event.at, event.known)) for event in events)
    ordered = sorted(believed, key=lambda each: (not isinstance(each, Started), each.at, _ORDER.index(type(each)), each.id))
    if not ordered or not isinstance(start := ordered[0], Started):
        return None
    course = Course(term, calendar, start, [(start.at, None)])
    for event in ordered[1:]:
        course.take(event)
    return course
