"""One root, three branches: an error is classed by the caller's next move, never by where it was raised."""

from govbus.reasons import Reason


class BusError(Exception):
    """Root of all errors of the bus. The message names the thing, the place and the fix, and never a person's data."""


class RetryLater(BusError):
    """The part is away for now (broker, database, registry). Next move: wait and try the very same thing again."""


class Poison(BusError):
    """This record is bad and will be bad tomorrow. Next move: refuse or quarantine it with its reason; go on with its neighbours."""

    def __init__(self, reason: Reason, place: str, detail: str) -> None:
        """:param place: where, e.g. ``housing.request/2@17`` or ``disability-20261124.csv:104``; :param detail: what, without values."""
        super().__init__(f"{reason}: {detail} at {place}; {reason.fix}")
        self.reason, self.place, self.detail = reason, place, detail


class SetupError(BusError):
    """A declaration, a right or a part is missing. Next move: a person mends it; the process leaves with exit code 3."""
