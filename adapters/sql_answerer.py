"""SQL answerer, the holder's side: ask the holder's own database by a parameterised query, compare here, answer without a value.

A question that is read again after a death is asked again. The answer's id is derived from the question and from what is said, so a second
answer that says the same is the same record, and one that says something else is another record; the agent takes the first.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.database import PATIENCE_S, Database
from adapters.declaration import Adapter, ItemRule, SqlAnswerer
from adapters.holder import Holder
from adapters.loop import LONGEST_WAIT_S
from govbus.envelope import Envelope, event_id
from govbus.errors import BusError, Poison, RetryLater
from govbus.identity.compare import Judgement
from govbus.ports import Observer
from govbus.reasons import Reason
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from topics.broker import Consumer, Position, Producer, consumer, producer
from topics.load import load

log = logging.getLogger(__name__)
RECORD = "gov_data.ProofAnswer"
MARGIN_MS = int((LONGEST_WAIT_S + PATIENCE_S + 1) * 1000)
"""So long before a question is due, "my database is down" is said rather than silence: a pause, then a look that waits for a locked table
or a server that has vanished, fit into it."""


class SqlAnswererDoor:
    """One answerer at work."""

    def __init__(self, home: Home, adapter: Adapter, spec: SqlAnswerer, observer: Observer) -> None:
        """:raises RetryLater, SetupError: the broker cannot be used; the database may be down, then the answers say so"""
        self.poll_s, self._spec, self._department, self._observer = 0.0, spec, adapter.meta.department, observer
        self._codec = Codec.load(load().records)
        self._database = Database(home, spec.database, spec.role, read_only=True)
        self._holder = Holder(self._database, spec.items)
        self._producer: Producer = producer(home, self._department)
        self._inlet: Consumer = consumer(home, self._department, [spec.questions], spec.group, instance=adapter.meta.id)
        self._open: list[Envelope] = []
        self._taken = False

    def round(self) -> int:
        """Take questions, answer them, commit. While the database is away the same questions wait, and no more are taken.

        :raises RetryLater: the database or the broker is away
        """
        if not self._taken:
            self._open = self._questions()
            self._taken = bool(self._open)
            if not self._taken:
                self._inlet.commit()  # what could not even be read has been counted
                return 0
        answered = len(self._open)
        try:
            self._publish(self._answers())
        except RetryLater:
            self._say_unavailable()
            if self._open:
                raise
        failpoint("answerer.acked")
        self._inlet.commit()
        self._open, self._taken = [], False
        return answered

    def close(self) -> None:
        """Let go of broker and database."""
        self._inlet.close()
        self._producer.close()
        self._database.close()

    def _questions(self) -> list[Envelope]:
        found: list[Envelope] = []
        for record in self._inlet.poll(200, timeout_s=0.5):
            try:
                envelope = record.envelope()
                _, data = self._codec.decode(record.topic, envelope.value, envelope.place)
                found.append(envelope.with_data(data))
            except Poison as bad:
                log.warning("not answered: %s", bad)
                self._observer.refused(self._department, record.topic, bad.reason.value)
        return found

    def _answers(self) -> list[Envelope]:
        found = self._holder.judged([_data(question) for question in self._open])
        return [self._answer(question, judged) for question, judged in zip(self._open, found, strict=True)]

    def _answer(self, question: Envelope, found: Judgement | Reason) -> Envelope:
        data = _data(question)
        judged = found if isinstance(found, Judgement) else Judgement("refused")
        rule: ItemRule | None = self._spec.items.get(data["item"])
        said = {
            "request_id": data["request_id"], "exchange": data["exchange"], "item": data["item"], "holder": self._department,
            "outcome": judged.outcome, "mismatched_fields": list(judged.mismatched_fields), "flags": list(judged.flags),
            "reason": found.value if isinstance(found, Reason) else None, "as_of": data["as_of"],
            "source_version": judged.source_version, "rule_version": rule.rule_version if rule else "",
        }  # fmt: skip
        now = datetime.now(UTC)
        value = self._codec.encode(RECORD, {**said, "answered_at": int(now.timestamp() * 1000)})
        return Envelope(
            id=event_id(question.id, *(str(each) for each in said.values())), source=f"/{self._department}/answerer", type=RECORD, time=now,
            topic=self._spec.answers, key=question.key, value=value, correlation_id=question.correlation_id, causation_id=question.id,
            traceparent=question.traceparent,
        )  # fmt: skip

    def _publish(self, answers: Sequence[Envelope]) -> None:
        failed = [one for one in self._producer.send_all(answers) if isinstance(one, BusError)]
        for error in failed:
            raise error
        size = sum(len(answer.value) for answer in answers)
        self._observer.moved(self._department, self._spec.answers, "in", "accepted", len(answers), size)

    def _say_unavailable(self) -> None:
        """The database is away: whoever cannot wait any longer is told so; the others go on waiting for it."""
        limit_ms = time.time() * 1000 + MARGIN_MS
        due = [question for question in self._open if _data(question)["due"] <= limit_ms]
        if not due:
            return
        results = self._producer.send_all([self._answer(question, Reason.HOLDER_UNAVAILABLE) for question in due])
        said = {question.id for question, result in zip(due, results, strict=True) if isinstance(result, Position)}
        self._observer.refused(self._department, self._spec.questions, Reason.HOLDER_UNAVAILABLE.value, len(said))
        self._open = [question for question in self._open if question.id not in said]


def _data(question: Envelope) -> Mapping[str, Any]:
    return question.data or {}
