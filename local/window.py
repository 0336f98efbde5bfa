"""Housing's window: claims go into housing's own tables, and verdicts are looked for beside them, in the same database."""

import time
from collections.abc import Callable, Sequence
from typing import LiteralString

import psycopg
from psycopg.rows import dict_row

from govbus.errors import RetryLater
from local.demo_view import Tally
from local.departments.claims import Claim, plan
from local.departments.people import SEED

_RATE, _BATCH = 200, 20
_PATIENCE_S = 90.0
_JOINED = "FROM claim c JOIN bus.verdict v ON v.source_key = c.claim_id::text WHERE c.claim_id > %s"
_COUNTS = f"SELECT c.proof_item, v.outcome, count(*) {_JOINED} GROUP BY 1, 2"
_EXAMPLES = f"""
    SELECT DISTINCT ON (v.outcome) v.request_id, c.application_no, c.proof_item, v.outcome, v.mismatched_fields, v.reason, v.reason_text,
           v.holder, v.as_of::text, v.rule_version
    {_JOINED} AND v.outcome IN ('match', 'mismatch', 'refused') ORDER BY v.outcome, c.claim_id
"""


class Window:
    """The claims that are made from now on, at :data:`_RATE` a second, and what has become of them."""

    def __init__(self, link: psycopg.Connection, wanted: int, show: Callable[[Tally], None]) -> None:
        """:param link: the owner's, autocommit; :param show: called with every new standing"""
        self._link, self._show, self.tally = link, show, Tally(wanted)
        self._before = _number(link, "SELECT coalesce(max(claim_id), 0) FROM claim")

    def send(self, claims: Sequence[Claim]) -> None:
        """A batch every tenth of a second; a slow machine falls behind the pace and does not catch up in a burst."""
        for start in range(0, len(claims), _BATCH):
            due = time.monotonic() + _BATCH / _RATE
            batch = claims[start : start + _BATCH]
            write(self._link, batch)
            self.tally.sent += len(batch)
            self._look()
            time.sleep(max(0.0, due - time.monotonic()))

    def wait(self) -> None:
        """Until every claim has its verdict.

        :raises RetryLater: none came for a while; the message says where to look
        """
        known, since = -1, time.monotonic()
        while self.tally.in_flight:
            self._look()
            if self.tally.done > known:
                known, since = self.tally.done, time.monotonic()
            elif time.monotonic() - since > _PATIENCE_S:
                msg = f"{self.tally.in_flight} claims have had no verdict for {_PATIENCE_S:.0f} s: see govbus status and govbus doctor"
                raise RetryLater(msg)
            time.sleep(0.2)

    def examples(self) -> list[dict[str, object]]:
        """One verdict each that agrees, differs and refuses; of the applicant only the application's number."""
        return self._link.cursor(row_factory=dict_row).execute(_EXAMPLES, (self._before,)).fetchall()

    def _look(self) -> None:
        rows = self._link.execute(_COUNTS, (self._before,))
        self.tally.counts = {(item, outcome): count for item, outcome, count in rows}
        self._show(self.tally)


def prepare(link: psycopg.Connection, n: int = 1000, seed: int = SEED) -> dict[int, Claim]:
    """Plan ``n`` claims and write all of them at once; the planned claim by ``claim_id``. Commits nothing.

    Those planned as ``timeout`` have a short deadline, but time out only where their holder's answerer is stopped.
    """
    claims = plan(n, next_number(link), seed)
    return dict(zip(write(link, claims), claims, strict=True))


def write(link: psycopg.Connection, claims: Sequence[Claim]) -> list[int]:
    """Insert the claims in one transaction, or in the caller's; their ``claim_id``."""
    with link.transaction(), link.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO application (application_no, applicant_name, applicant_id, officer_code, matter) VALUES (%s, %s, %s, %s, %s)",
            [one.application for one in claims],
        )
        cursor.executemany(
            "INSERT INTO claim (application_no, proof_item, declared_1, declared_2, purpose, legal_basis, as_of, respond_within_ms)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [one.claim for one in claims],
        )
        cursor.execute("SELECT claim_id FROM claim WHERE application_no = ANY(%s)", ([one.claim[0] for one in claims],))
        return sorted(row[0] for row in cursor)


def next_number(link: psycopg.Connection) -> int:
    """Number of the next application."""
    return _number(link, "SELECT coalesce(max(right(application_no, 7)::int), 0) + 1 FROM application WHERE application_no LIKE 'GZF-%%'")


def _number(link: psycopg.Connection, query: LiteralString) -> int:
    row = link.execute(query, ()).fetchone()
    return int(row[0]) if row else 0
