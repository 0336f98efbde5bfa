"""What the tests of the whole see from outside: housing's tables by SQL, the topics by a foreign client, the oracle's truth."""

from collections import Counter
from typing import Any

import psycopg

from agents.runtime.rdkafka import Pairs, Stable
from govbus.settings import Home
from local.instance import Instance
from schemas.codec import Codec
from tests.oracle.verdicts import Verdict, expected, housing_claims
from topics import broker
from topics.broker.bulk import connection
from topics.load import records

HISTORY = """
CREATE SCHEMA IF NOT EXISTS checker;
CREATE TABLE IF NOT EXISTS checker.effect (request_id text, op text, at timestamptz DEFAULT clock_timestamp());
CREATE OR REPLACE FUNCTION checker.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO checker.effect (request_id, op) VALUES (coalesce(NEW.request_id, OLD.request_id), TG_OP); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON bus.verdict FOR EACH ROW EXECUTE FUNCTION checker.note();
"""


class Onlooker:
    """Looks, and writes nothing but its own history of effects, which the bus does not know."""

    def __init__(self, instance: Instance) -> None:
        self.instance, self.home = instance, Home(instance.home)
        self.housing = psycopg.connect(instance.dsn("housing", "owner"), autocommit=True)
        self.first = self.one("SELECT coalesce(max(claim_id), 0) FROM claim")

    def one(self, query: str, *values: object) -> Any:
        row = self.housing.execute(query.encode(), values).fetchone()
        return row[0] if row else None

    def write_history(self) -> None:
        """From now on every change of bus.verdict leaves a line."""
        self.housing.execute(HISTORY.encode())

    def open_claims(self) -> int:
        """Claims of this test that have no verdict."""
        joined = "claim c LEFT JOIN bus.verdict v ON v.source_key = c.claim_id::text"
        return int(self.one(f"SELECT count(*) FROM {joined} WHERE v.request_id IS NULL AND c.claim_id > %s", self.first))  # noqa: S608

    def verdicts(self) -> dict[int, Verdict]:
        rows = self.housing.execute(
            "SELECT source_key::bigint, outcome, mismatched_fields FROM bus.verdict WHERE source_key::bigint > %s", (self.first,)
        )
        return {key: (outcome, tuple(sorted(fields))) for key, outcome, fields in rows}

    def truth(self) -> dict[int, Verdict]:
        """What plain SQL over the departments' tables and the nightly files says."""
        claims = [claim for claim in housing_claims(self.housing) if claim["claim_id"] > self.first]
        done = self.home.site.drops["disabled-federation"] / "done"
        links = {name: psycopg.connect(self.instance.dsn(name, "owner")) for name in ("civil-affairs", "public-security")}
        try:
            return expected(links, sorted(done.glob("*[0-9].csv")), claims)
        finally:
            for link in links.values():
                link.close()

    def effects(self) -> Counter[str]:
        """How many changes each request made in housing's verdicts."""
        return Counter(dict(self.housing.execute("SELECT request_id, count(*) FROM checker.effect GROUP BY 1").fetchall()))

    def on_topic(self, topic: str, record: str) -> Counter[str]:
        """How often each request id stands on a topic, committed."""
        found: Counter[str] = Counter()
        codec, reader = Codec.load(records()), Stable(connection(self.home, "admin"), "onlooker")

        def use(_: int, __: bytes, value: bytes | None, ___: Pairs) -> None:
            found[codec.read(record, value or b"")["request_id"]] += 1

        try:
            reader.read([(topic, partition) for partition in range(3)], use)
        finally:
            reader.close()
        return found

    def answered_ms(self) -> dict[str, int]:
        """LogAppendTime of the first answer to each request."""
        found: dict[str, int] = {}
        for record in broker.scan(self.home, "auditor", ["civil-affairs.answer", "public-security.answer"]):
            found.setdefault(record.envelope().correlation_id, record.timestamp)
        return found

    def timed_out(self) -> dict[str, int]:
        """When each request with a timeout verdict fell due, milliseconds."""
        due = "SELECT request_id, (extract(epoch FROM decided_at) * 1000)::bigint FROM bus.verdict WHERE outcome = 'timeout'"
        return {str(name): int(moment) for name, moment in self.housing.execute(due)}

    def close(self) -> None:
        self.housing.close()
