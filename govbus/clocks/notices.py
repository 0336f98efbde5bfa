"""``calendar.yaml``: what the State Council's notices say, typed. A year without a notice is simply not there."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from govbus.errors import SetupError
from govbus.settings import Declared

TURN_OF_YEAR = (12, 25)
"""From this day on December belongs to the next year's notice too: the earliest day that 23 years' notices name there is 29 December."""


def _days(value: object) -> object:
    """``2026-02-15/2026-02-23`` or one day → all its days."""
    first, _, last = str(value).partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    if not 0 <= (end - start).days < 31:
        msg = "a span runs from its first day to its last, a month at most"
        raise ValueError(msg)
    return tuple(start + timedelta(days=n) for n in range((end - start).days + 1))


Span = Annotated[tuple[date, ...], BeforeValidator(_days)]


class Notice(Declared):
    """One notice of the General Office of the State Council (国办发明电)."""

    number: str = Field(pattern=r"^国办发明电〔\d{4}〕\d{1,2}号$")
    year: int = Field(ge=2004, le=2100, description="the year that it arranges; its first days may lie in the December before")
    issued: date = Field(description="the day it is signed")
    rest: tuple[Span, ...] = Field(min_length=1, description="days off, as listed: first/last or one day")
    work: tuple[date, ...] = Field(description="make-up working days (调休上班)")

    @property
    def days(self) -> dict[date, bool]:
        """Each day that it names: whether it is worked."""
        return {day: False for span in self.rest for day in span} | dict.fromkeys(self.work, True)

    @model_validator(mode="after")
    def _makes_sense(self) -> "Notice":
        off = {day for span in self.rest for day in span}
        faults = [f"{day} is off and worked" for day in sorted(off & set(self.work))]
        faults += [f"{day} is a weekday, so it cannot be a make-up day" for day in self.work if day.weekday() < 5]
        first = date(self.year - 1, *TURN_OF_YEAR)
        faults += [f"{day} is not of {self.year}" for day in sorted(off | set(self.work)) if not first <= day <= date(self.year, 12, 31)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Notices(Declared):
    """The whole file."""

    version: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}\.\d+$", description="changes with every change of the file; each answer names it")
    notices: tuple[Notice, ...] = Field(min_length=1, description="in the order they were issued")

    @model_validator(mode="after")
    def _in_order(self) -> "Notices":
        issued = [notice.issued for notice in self.notices]
        if issued != sorted(issued) or len({notice.number for notice in self.notices}) < len(issued):
            msg = "notices stand in the order they were issued, each once: a later one overrides"
            raise ValueError(msg)
        return self


def read(path: Path) -> Notices:
    """The notices of ``path``.

    :raises SetupError: naming every fault of the file
    """
    try:
        return Notices.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
    except (OSError, yaml.YAMLError) as error:
        faults = [str(error)]
    msg = f"{path.name} cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults)
    raise SetupError(msg)
