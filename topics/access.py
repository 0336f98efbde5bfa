"""Who may do what at the broker: the smallest set of Kafka ACLs that the declarations need, and nothing by hand."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from topics.declaration import Topic
    from topics.load import Catalogue

Resource = Literal["topic", "group", "transactional_id", "cluster"]
Operation = Literal["read", "write", "describe", "describe_configs"]

AGENT_GROUP = "bus-verify"
SEALER = "sealer"
RECORDER, APPROVER = "recorder", "approver"
STAFF = ("operator", "auditor", "monitor", SEALER, RECORDER, APPROVER)
EVERYTHING = "*"


class Rule(NamedTuple):
    """One Kafka ACL that allows something; there are no others, because the broker denies what no rule allows."""

    principal: str
    operation: Operation
    resource: Resource
    name: str
    prefixed: bool = False


def rules(catalogue: "Catalogue", workers: tuple[str, ...], on: date) -> set[Rule]:
    """Every right that the declarations give on that day.

    A department whose last grant has expired may no longer write requests, but still reads the verdicts it is owed.
    """
    found = {rule for topic in catalogue.topics.values() for rule in _topic_rules(catalogue, topic, workers, on)}
    for owner in {rule.principal for rule in found if rule.principal in catalogue.departments and rule.operation == "read"}:
        found.add(Rule(owner, "read", "group", f"{owner}.", prefixed=True))
    return found | {rule for slot in workers for rule in _worker_rules(slot)} | set(_staff_rules())


def principals(catalogue: "Catalogue", workers: tuple[str, ...]) -> tuple[str, ...]:
    """Everybody who may log in, but ``admin``, whom the broker's storage was formatted with."""
    return (*catalogue.departments, *workers, *STAFF)


def _topic_rules(catalogue: "Catalogue", topic: "Topic", workers: tuple[str, ...], on: date) -> Iterator[Rule]:
    who: dict[str, tuple[str, ...]] = {"owner": (topic.meta.owner,), "worker": workers} | {one: (one,) for one in STAFF}
    asks = topic.name == f"{topic.meta.owner}.request"
    for party in topic.access.write:
        if party == "owner" and asks and not catalogue.grants.live(topic.meta.owner, on):
            continue
        yield from (Rule(one, "write", "topic", topic.name) for one in who[party])
    for party in topic.access.read:
        yield from (Rule(one, "read", "topic", topic.name) for one in who[party])
    if topic.sealed:
        yield Rule(SEALER, "read", "topic", topic.name)


def _worker_rules(slot: str) -> Iterator[Rule]:
    """One group for all workers; a transactional id of its own for each, so that none can fence or abort its neighbour."""
    yield Rule(slot, "read", "group", AGENT_GROUP)
    yield Rule(slot, "write", "transactional_id", f"{AGENT_GROUP}.{slot}")
    yield Rule(slot, "write", "transactional_id", f"{AGENT_GROUP}.{slot}.", prefixed=True)


def _staff_rules() -> Iterator[Rule]:
    for reader in ("operator", "auditor", SEALER):
        yield Rule(reader, "read", "group", f"{reader}.", prefixed=True)
    for watcher in ("operator", "monitor"):
        yield Rule(watcher, "describe", "group", EVERYTHING)
        yield Rule(watcher, "describe", "topic", EVERYTHING)
