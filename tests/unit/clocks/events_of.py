"""Events in a short hand, for the tests of clocks: local times of UTC+8 instead of milliseconds."""

from datetime import datetime, timedelta, timezone

from govbus.clocks.events import Done, Event, Extended, Paused, Resumed, Started
from govbus.clocks.terms import Length, Pause, Term

VERSION = "2026-11-25.1"
LOCAL = timezone(timedelta(hours=8))


def ms(local: str) -> int:
    """``2026-09-01 10:00`` at UTC+8 → milliseconds; noon when there is no time."""
    return round(datetime.fromisoformat(local if " " in local else f"{local} 12:00").replace(tzinfo=LOCAL).timestamp() * 1000)


def term(length: str, extension: int | None = None, pauses: tuple[Pause, ...] = tuple(Pause)) -> Term:
    """``10 working_days``, with an extension in the same unit."""
    number, unit = length.split()
    more = Length.model_validate({"number": extension, "unit": unit}) if extension else None
    return Term(length=Length.model_validate({"number": int(number), "unit": unit}), extension=more, pauses=pauses)


def event(text: str) -> Event:
    """``done 2026-09-10 10:00 known 2026-09-11``: the name before a dot is the kind, all of it the id; known at once unless told."""
    name, _, rest = text.partition(" ")
    at, _, known = rest.partition(" known ")
    what, _, detail = name.partition(".")
    times = {"id": name, "at": ms(at), "known": ms(known or at)}
    match what:
        case "started":
            return Started(calendar=detail or VERSION, **times)  # type: ignore[arg-type]
        case "paused":
            return Paused(kind=Pause(detail.rstrip("2") or "hearing"), **times)  # type: ignore[arg-type]
        case "resumed":
            return Resumed(**times)  # type: ignore[arg-type]
        case "extended":
            return Extended(consent="" if detail == "nobody" else "gov-data 12", **times)  # type: ignore[arg-type]
        case _:
            return Done(**times)  # type: ignore[arg-type]


def events(*texts: str) -> list[Event]:
    """Several at once."""
    return [event(text) for text in texts]
