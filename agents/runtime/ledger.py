"""The conservation ledger: per partition and exchange, cumulative, written in the same transaction as what it counts.

``in = delivered + refused + quarantined + duplicate + in flight``, where *in flight* is counted from the state itself and not from the
ledger: two independent numbers that must agree at every scrape, over restarts too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from agents.runtime.rdkafka import Outgoing
from govbus.ports import Account
from schemas.codec import Codec

RECORD = "gov_data.Ledger"
FIELDS: Mapping[str, Account] = {
    "accepted": "in", "delivered": "delivered", "refused": "refused", "quarantined": "quarantined", "duplicate": "duplicate",
}  # fmt: skip
_NAMES: Mapping[str, str] = {account: name for name, account in FIELDS.items()}


class Ledger:
    """Accounts of the owned partitions."""

    def __init__(self, codec: Codec, topic: str) -> None:
        self._codec, self._topic = codec, topic
        self._books: dict[tuple[int, str], Counter[str]] = {}

    def forget(self, keep: Iterable[int]) -> None:
        """Drop the books of partitions that are no longer owned."""
        kept = set(keep)
        self._books = {place: book for place, book in self._books.items() if place[0] in kept}

    def restore(self, partition: int, key: bytes, value: bytes | None) -> None:
        """Take one changelog record."""
        if value is not None:
            self._books[partition, key.decode()] = Counter(self._codec.read(RECORD, value))

    def book(self, booked: Mapping[tuple[int, str, str], int]) -> Iterator[Outgoing]:
        """Enter ``booked``, records by (partition, exchange, account), and give the books it touched as changelog records."""
        touched: dict[tuple[int, str], Counter[str]] = {}
        for (partition, exchange, account), records in booked.items():
            book = touched.setdefault((partition, exchange), self._books.setdefault((partition, exchange), Counter()))
            book[_NAMES[account]] += records
        for (partition, exchange), book in touched.items():
            value = self._codec.encode(RECORD, {name: book[name] for name in FIELDS})
            yield Outgoing(self._topic, exchange.encode(), value, [], partition)

    def standing(self) -> Iterator[tuple[str, Account, int]]:
        """(exchange, account, records) summed over the owned partitions."""
        totals: Counter[tuple[str, Account]] = Counter()
        for (_, exchange), book in self._books.items():
            for name, account in FIELDS.items():
                totals[exchange, account] += book[name]
        for (exchange, account), records in totals.items():
            yield exchange, account, records

    def as_data(self) -> dict[str, dict[str, Any]]:
        """The standing as plain data, for status pages and tests."""
        out: dict[str, dict[str, Any]] = {}
        for exchange, account, records in self.standing():
            out.setdefault(exchange, {})[account] = records
        return out
