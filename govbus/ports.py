"""What the rooms agree on: protocols (who calls, when, and what is not promised), and words that two rooms must spell alike."""

from collections.abc import Iterable
from typing import Literal, Protocol

Direction = Literal["in", "out"]
Outcome = Literal["delivered", "refused", "quarantined", "duplicate", "accepted"]
Stage = Literal["source_accepted", "accepted_checked", "checked_delivered", "end_to_end"]
Account = Literal["in", "delivered", "refused", "quarantined", "duplicate", "in_flight"]

BY_PEOPLE = "assisted"
"""Flag of an answer that a holder's people gave, and not its data (协查, 国办发〔2020〕42号)."""


class Observer(Protocol):
    """Watches facts. Called on hot paths, once a batch where possible; must not block, must not raise.

    Label values come from closed sets only (departments, topics, exchanges, reason codes): never an id, a key or an error text.
    """

    def moved(self, department: str, topic: str, direction: Direction, outcome: Outcome, records: int, size: int = 0) -> None:
        """``records`` records of ``size`` bytes in all passed a door of ``department``."""

    def took(self, stage: Stage, exchange: str, seconds: Iterable[float]) -> None:
        """Latencies of one stage, in seconds, one value a record."""

    def refused(self, department: str, topic: str, reason: str, records: int = 1) -> None:
        """Records refused or quarantined, by reason code; ``department`` is the one that must act."""

    def ledger(self, exchange: str, account: Account, records: int) -> None:
        """Standing of one account of the conservation ledger, absolute: in = delivered + refused + quarantined + duplicate + in_flight."""

    def sealed(self, topic: str, records: int) -> None:
        """A seal over ``records`` records of ``topic`` is in its file and on the bus."""

    def unsealed(self, records: int, seconds: float) -> None:
        """Standing of the sealer, absolute: records in the logs without a seal, and the age of the oldest one that was read."""

    def succeeded(self, adapter: str) -> None:
        """An adapter or worker finished a round without error, with or without records."""


class NullObserver:
    """Watches nothing; what a room uses when nobody looks."""

    def moved(self, department: str, topic: str, direction: Direction, outcome: Outcome, records: int, size: int = 0) -> None: ...
    def took(self, stage: Stage, exchange: str, seconds: Iterable[float]) -> None: ...
    def refused(self, department: str, topic: str, reason: str, records: int = 1) -> None: ...
    def ledger(self, exchange: str, account: Account, records: int) -> None: ...
    def sealed(self, topic: str, records: int) -> None: ...
    def unsealed(self, records: int, seconds: float) -> None: ...
    def succeeded(self, adapter: str) -> None: ...
