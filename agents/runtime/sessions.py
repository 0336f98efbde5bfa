"""Incremental fetch sessions (KIP-227), which aiokafka does not have: ask only for what has changed, be told only what has changed.

A worker of the whole house reads 270 partitions, and aiokafka names each of them in every request and is told of each in every answer, in
pure Python: some 5 ms of the interpreter's lock for one record. The broker remembers both sides' last words of each partition instead. A
partition that it leaves out of an answer has nothing new: no record, no other end. So it counts as heard of at that moment.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.errors import for_code
from aiokafka.protocol.fetch import FetchRequest, FetchRequestStruct
from aiokafka.structs import TopicPartition

Place = tuple[str, int]  # topic, partition
Wish = tuple[int, int]  # offset to read from, bytes at the most


class Asking(FetchRequest):  # type: ignore[misc]  # aiokafka's protocol is not typed
    """A fetch of a session; what :class:`FetchRequest` builds, with the session's fields."""

    def __init__(self, whole: FetchRequest, session: int, epoch: int, wanted: Mapping[Place, Wish], forgotten: Iterable[Place]) -> None:
        """:param whole: what aiokafka would ask, of which all but the topics is taken; :param session, epoch: 0 and 0 for a new one"""
        topics = [(topic, [(number, *wanted[topic, number]) for number in numbers]) for topic, numbers in _by_topic(wanted)]
        super().__init__(whole._max_wait_ms, whole._min_bytes, whole._max_bytes, whole._isolation_level, topics, whole._rack_id)
        self._session, self._epoch, self._forgotten = session, epoch, _by_topic(forgotten)

    def build(self, request_struct_class: type[FetchRequestStruct]) -> FetchRequestStruct:
        """As in aiokafka, which has these fields and leaves them empty."""
        made: Any = super().build(request_struct_class)
        made.session_id, made.session_epoch, made.forgotten_topics_data = self._session, self._epoch, self._forgotten
        return made


class Session:
    """What one broker knows of this consumer."""

    def __init__(self, assignment: Any) -> None:
        """:param assignment: of the consumer; a session does not outlive it, for its partitions' ends are forgotten with it"""
        self.assignment = assignment
        self._id = self._epoch = 0
        self._known: dict[Place, Wish] = {}

    @property
    def new(self) -> bool:
        """The broker has not answered yet."""
        return self._id == 0

    def ask(self, whole: FetchRequest) -> Asking:
        """What has changed since the last request, where this is not the first."""
        wanted = {(topic, number): (offset, size) for topic, parts in whole.topics for number, offset, size in parts}
        changed = {place: wish for place, wish in wanted.items() if self._known.get(place) != wish}
        forgotten = self._known.keys() - wanted.keys()
        self._known = wanted
        return Asking(whole, self._id, self._epoch, changed, forgotten)

    def answered(self, response: Any, now_ms: int) -> None:
        """Take an answer without a fault; the partitions that it leaves out have been heard of too."""
        self._id = response.session_id
        self._epoch = self._epoch % 0x7FFF_FFFF + 1  # as in KIP-227: after the largest comes 1
        said = {(topic, part[0]) for topic, parts in response.topics for part in parts}
        for place in self._known.keys() - said:
            state = self.assignment.state_value(TopicPartition(*place))
            if state is not None and state.has_valid_position and state.position == self._known[place][0]:
                state.timestamp = now_ms


class Sessions:
    """Stands between aiokafka's fetcher and its client: one session a broker."""

    def __init__(self, client: Any, subscription: Any) -> None:
        """:param client: to send by; :param subscription: the consumer's, whose assignment may change"""
        self._client, self._subscription, self.cluster = client, subscription, client.cluster  # the last is asked for each partition
        self._sessions: dict[int, Session] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: Any, **words: Any) -> Any:
        """As the client's; a fetch goes as part of a session.

        A session is taken out while its request is on the way: if that fails or is given up, nobody here knows what the broker has heard,
        and the next request begins a new one.

        :raises KafkaError: as the client's, or the broker refuses a new session
        """
        if type(request) is not FetchRequest:
            return await self._client.send(node_id, request, **words)
        assignment = self._subscription.subscription.assignment
        session = self._sessions.pop(node_id, None)
        if session is None or session.assignment is not assignment:
            session = Session(assignment)
        response = await self._client.send(node_id, session.ask(request), **words)
        if response.error_code and not session.new:  # the broker has dropped it: restarted, or in want of room
            session = Session(assignment)
            response = await self._client.send(node_id, session.ask(request), **words)
        if response.error_code:
            raise for_code(response.error_code)
        if response.session_id:  # 0: it has no room for another, and has answered all the same
            session.answered(response, int(time.time() * 1000))
            self._sessions[node_id] = session
        return response


def _by_topic(places: Iterable[Place]) -> list[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for topic, number in places:
        found.setdefault(topic, []).append(number)
    return list(found.items())
