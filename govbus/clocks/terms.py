"""A term: how long, how it is counted, whether it can be prolonged and what may stop it. Everything that reckoning needs, as data."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from govbus.settings import Declared

Unit = Literal["working_days", "days", "months", "hours"]


class Pause(StrEnum):
    """The closed list of what stops a clock (domain notes D4; 行政许可法 Art 45)."""

    SUPPLEMENT = "supplement"  # 补正
    SPECIAL_PROCEDURE = "special_procedure"  # 特别程序
    HEARING = "hearing"  # 听证
    APPRAISAL = "appraisal"  # 鉴定


class Length(Declared):
    """How long."""

    number: int = Field(ge=1, le=1000, description="how many units")
    unit: Unit = Field(
        description="working_days: 工作日 · days: calendar days · months: to the day of the same number (Civil Code Art 202) · hours: exact"
    )


class Term(Declared):
    """What a clock goes by. Days and months that end on a day off end on the next working day (Civil Code Art 203)."""

    length: Length
    extension: Length | None = Field(default=None, description="how much longer once somebody consents; nothing when absent")
    pauses: tuple[Pause, ...] = Field(default=(), description="what may stop it; nothing when absent")

    @model_validator(mode="after")
    def _one_unit(self) -> "Term":
        if self.extension and self.extension.unit != self.length.unit:
            msg = "an extension has the unit of its length"
            raise ValueError(msg)
        return self

    def number(self, extended: bool) -> int:
        """Units in all, with the extension or without."""
        return self.length.number + (self.extension.number if extended and self.extension else 0)
