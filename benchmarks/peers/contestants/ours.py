"""The agent runtime: an ordinary Faust agent on whole batches, results and positions in one fenced transaction a group of batches."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from faust.types.tuples import TP

from agents.runtime.rdkafka import Membership, Outgoing, Transaction
from agents.runtime.transport import SETTINGS, BatchApp, BatchSchema
from benchmarks.peers.contestants.serve import serve
from benchmarks.peers.job import Job

FEW = 200  # as the worker's
GROUP_COMMIT = 4_000  # records a transaction at the most; the worker's are smaller, for it has several topics to be fair to


class Bare:
    """The bare job as an agent of the runtime."""

    def __init__(self, bootstrap: str, source: str, target: str, group: str) -> None:
        self.settings = {"bootstrap.servers": bootstrap}
        self.target, self.group, self.job = target, group, Job()
        self.on_its_way: asyncio.Task[None] | None = None
        self.transaction = Transaction(self.settings, f"{group}.slot-1")
        self.app = BatchApp(
            group,
            broker=f"kafka://{bootstrap}",
            consumer_group_instance_id="slot-1",
            **SETTINGS,
        )
        self.app.restore = self.restore
        self.app.agent(self.app.topic(source, schema=BatchSchema()), name="bare")(self.agent)

    async def restore(self, assigned: set[TP]) -> Mapping[TP, int]:
        """The committed positions; the bare job's state has no changelog, as everybody's here."""
        reader = Consumer({**self.settings, "group.id": self.group})
        wanted = [TopicPartition(tp.topic, tp.partition) for tp in assigned]
        found = await asyncio.to_thread(reader.committed, wanted, 30)
        reader.close()
        return {TP(tp.topic, tp.partition): max(tp.offset, -1) for tp in found}

    async def agent(self, stream: Any) -> None:
        """A group of batches in, one transaction out; as in the engine, the next group is worked while it is on its way."""
        async for event in stream.noack().events():
            events = [event, *self.waiting(stream.channel.queue, len(event.value.records))]
            if self.on_its_way and (taken := sum(len(each.value.records) for each in events)) < FEW:
                await self.on_its_way  # as the worker does: what is taken too early stands a whole transaction longer
                events += self.waiting(stream.channel.queue, taken)
            events = [each for each in events if each.message.generation_id == self.app.consumer_generation_id]
            outgoing, positions, membership = [], {}, self.membership()  # of now, so that a rebalance meanwhile fences it
            for record in (record for each in events for record in each.value.records):
                outgoing.append(Outgoing(self.target, record.key, self.job.work(record.key, record.value), []))
                positions[record.topic, record.partition] = record.offset + 1
            if self.on_its_way:
                await self.on_its_way
            self.on_its_way = asyncio.create_task(self.commit(events, outgoing, positions, membership))

    async def commit(
        self, events: list[Any], outgoing: list[Outgoing], positions: Mapping[tuple[str, int], int], membership: Membership
    ) -> None:
        """Make room for more once it has happened."""
        if outgoing:
            await asyncio.to_thread(self.transaction.commit, outgoing, positions, membership)
        for each in events:
            each.ack()

    def waiting(self, queue: Any, taken: int) -> list[Any]:
        """Group commit: whatever waits already goes into the same transaction."""
        events = []
        while taken < GROUP_COMMIT and not queue.empty():
            event = queue.get_nowait()
            self.app.consumer.track_message(event.message)
            events.append(event)
            taken += len(event.value.records)
        return events

    def membership(self) -> Membership:
        """Who read the records, in which generation."""
        consumer: Any = self.app.consumer
        return Membership(self.group, self.app.consumer_generation_id, consumer.member_id, "slot-1")


async def main() -> None:
    """Run until SIGTERM."""
    await serve(Bare(*sys.argv[1:5]).app)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
