"""Looking at the cluster and changing it, in plain types: what plan, apply and the watch need, and no deleting of topics or records."""

from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from kafka import KafkaAdminClient, TopicPartition, errors  # noqa: TID251
from kafka.admin import (  # noqa: TID251
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    OffsetSpec,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)
from kafka.protocol.admin.client_quotas import AlterClientQuotasRequest, DescribeClientQuotasRequest  # noqa: TID251
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential

from govbus.errors import RetryLater, SetupError
from govbus.settings import Home
from topics.access import Rule
from topics.broker.connection import connect, mapped

SCRAM = "SCRAM-SHA-512"
SCRAM_ITERATIONS = 8_192
Answer = TypeVar("Answer")
_USER_PREFIX = "User:"


class Quota(NamedTuple):
    """Limits of one principal: bytes a second out of and into the broker, and share of one request thread in percent."""

    producer_byte_rate: int
    consumer_byte_rate: int
    request_percentage: int


class Admin:
    """One principal's view of the cluster. A new cluster's first calls fail for a moment: each call is tried for up to 15 s."""

    def __init__(self, home: Home, principal: str) -> None:
        """Connects; errors as :func:`topics.broker.connection.connect`."""
        self._principal, self._place = principal, home.site.kafka.bootstrap
        self._client = connect(KafkaAdminClient, home, principal)

    def topics(self) -> dict[str, int]:
        """Number of partitions by topic; only topics that the principal may describe."""
        return {one["name"]: len(one["partitions"]) for one in self._ask(self._client.describe_topics)}

    def configs(self, topics: Iterable[str]) -> dict[str, dict[str, str]]:
        """Settings that differ from the broker's, by topic."""
        asked = [ConfigResource("topic", name) for name in topics]
        if not asked:
            return {}
        found = self._ask(self._client.describe_configs, asked)["topic"]
        return {topic: {key: one["value"] for key, one in entries.items()} for topic, entries in found.items()}

    def create_topic(self, name: str, partitions: int, config: Mapping[str, str]) -> None:
        """Create ``name`` with the broker's own replication factor; no fault when it is there."""
        try:
            spec = {name: {"num_partitions": partitions, "configs": dict(config)}}
            self._ask(self._client.create_topics, spec, wait_for_metadata=True)
        except errors.TopicAlreadyExistsError:
            return

    def grow_topic(self, name: str, partitions: int) -> None:
        """Raise the number of partitions."""
        self._ask(self._client.create_partitions, {name: partitions})

    def set_configs(self, topic: str, config: Mapping[str, str]) -> None:
        """Set these settings of ``topic``, leave all others."""
        told = self._ask(self._client.alter_configs, [ConfigResource("topic", topic, dict(config))], incremental=True)
        if told["topic"][topic] != "OK":
            msg = f"{topic} does not take {', '.join(config)}: {told['topic'][topic]}; correct its file in topics/catalog"
            raise SetupError(msg)

    def rules(self) -> set[Rule]:
        """All rights that are allowed to users at the cluster, from any host."""
        everything = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
        asked = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ALLOW, everything)
        found, _ = self._ask(self._client.describe_acls, asked)
        return {_rule(acl) for acl in found}

    def allow(self, rules: Iterable[Rule]) -> None:
        """Add these rights."""
        if acls := [_acl(rule) for rule in rules]:
            told = self._ask(self._client.create_acls, acls)
            if failed := told["failed"]:
                names = ", ".join(sorted({one.__name__ for one in failed}))
                msg = f"{len(failed)} rights were not set at {self._place}: {names}"
                raise RetryLater(msg)

    def forbid(self, rules: Iterable[Rule]) -> None:
        """Take these rights away."""
        if acls := [_acl(rule) for rule in rules]:
            filters = [ACLFilter(a.principal, a.host, a.operation, a.permission_type, a.resource_pattern) for a in acls]
            self._ask(self._client.delete_acls, filters)

    def users(self) -> set[str]:
        """Principals that can log in by SCRAM."""
        return {name for name, one in self._ask(self._client.describe_user_scram_credentials).items() if one["credential_infos"]}

    def set_password(self, principal: str, password: str) -> None:
        """Let ``principal`` log in with ``password``; a client that is connected stays so until it re-authenticates (an hour)."""
        told = self._ask(
            self._client.alter_user_scram_credentials,
            [UserScramCredentialUpsertion(principal, SCRAM, password, iterations=SCRAM_ITERATIONS)],
        )
        if told[principal]:
            msg = f"the broker does not take a password for {principal}: {told[principal]}"
            raise SetupError(msg)

    def quotas(self) -> dict[str, dict[str, float]]:
        """Limits by principal and name; ``""`` is the default of all others."""
        part = DescribeClientQuotasRequest.ComponentData
        # match_type 2 asks for users with a limit of their own and for the default
        asked = DescribeClientQuotasRequest(components=[part(entity_type="user", match_type=2, match=None)], strict=True)
        told = self._ask(self._send, asked)
        return {entry.entity[0].entity_name or "": {one.key: float(one.value) for one in entry.values} for entry in told.entries or []}

    def set_quota(self, principal: str, quota: Quota) -> None:
        """Limit ``principal``; kafka-python has no public call for it, so its protocol classes are used (version pinned)."""
        entry = AlterClientQuotasRequest.EntryData
        entity = [entry.EntityData(entity_type="user", entity_name=principal or None)]
        limits = [entry.OpData(key=key, value=float(value), remove=False) for key, value in quota._asdict().items()]
        told = self._ask(self._send, AlterClientQuotasRequest(entries=[entry(entity=entity, ops=limits)], validate_only=False))
        for one in told.entries:
            if one.error_code:
                msg = f"the broker does not take limits for {principal}: {one.error_message}"
                raise SetupError(msg)

    def positions(self, groups: Iterable[str]) -> dict[tuple[str, str, int], int]:
        """Committed position by (group, topic, partition), of partitions that the group has one in."""
        committed = self._ask(self._client.list_group_offsets, list(groups))
        return {
            (group, partition.topic, partition.partition): at.offset
            for group, offsets in committed.items()
            for partition, at in offsets.items()
            if at.offset >= 0
        }

    def lag(self, groups: Iterable[str]) -> dict[tuple[str, str, int], int]:
        """Records behind the end of the log, by (group, topic, partition), of partitions that the group has a position in."""
        committed = self.positions(groups)
        partitions = {TopicPartition(topic, number) for _, topic, number in committed}
        ends = self._ask(self._client.list_partition_offsets, dict.fromkeys(partitions, OffsetSpec.LATEST)) if partitions else {}
        return {
            (group, topic, number): max(0, ends[TopicPartition(topic, number)].offset - at)
            for (group, topic, number), at in committed.items()
        }

    def newest_ms(self, topics: Iterable[str]) -> int:
        """The highest LogAppendTime in these topics, milliseconds; -1 when they are empty."""
        counts = self.topics()
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(counts.get(topic, 0))]
        if not partitions:
            return -1
        found = self._ask(self._client.list_partition_offsets, dict.fromkeys(partitions, OffsetSpec.MAX_TIMESTAMP))
        return max(int(one.timestamp) for one in found.values())

    def groups(self) -> list[str]:
        """Consumer groups that the principal may describe."""
        return sorted(one["group_id"] for one in self._ask(self._client.list_groups))

    def offsets(self, topics: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
        """(oldest kept, end) by topic and partition, of the topics that exist."""
        counts = self.topics()
        partitions = [TopicPartition(topic, number) for topic in topics for number in range(counts.get(topic, 0))]
        if not partitions:
            return {}
        starts = self._ask(self._client.list_partition_offsets, dict.fromkeys(partitions, OffsetSpec.EARLIEST))
        ends = self._ask(self._client.list_partition_offsets, dict.fromkeys(partitions, OffsetSpec.LATEST))
        return {(each.topic, each.partition): (starts[each].offset, ends[each].offset) for each in partitions}

    def close(self) -> None:
        """Let go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _send(self, request: Any) -> Any:
        return self._client._manager.run(self._client._manager.send, request)

    def _ask(self, call: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
        try:
            return _patiently(call, *args, **named)
        except errors.TopicAlreadyExistsError:
            raise
        except errors.KafkaError as error:
            raise mapped(error, self._principal, self._place) from error


@retry(
    retry=retry_if_exception_type(errors.RetriableError),
    stop=stop_after_delay(15),
    wait=wait_exponential(multiplier=0.05, max=1),
    reraise=True,
)
def _patiently(call: Callable[..., Answer], *args: Any, **named: Any) -> Answer:
    return call(*args, **named)


def open_admin(home: Home, principal: str = "admin") -> Admin:
    """A connected :class:`Admin`; errors as :func:`topics.broker.connection.connect`."""
    return Admin(home, principal)


def _acl(rule: Rule) -> ACL:
    kind = ACLResourcePatternType.PREFIXED if rule.prefixed else ACLResourcePatternType.LITERAL
    pattern = ResourcePattern(ResourceType[rule.resource.upper()], rule.name, kind)
    operation = ACLOperation[rule.operation.upper()]
    return ACL(_USER_PREFIX + rule.principal, "*", operation, ACLPermissionType.ALLOW, pattern)


def _rule(acl: ACL) -> Rule:
    pattern = acl.resource_pattern
    return Rule(
        acl.principal.removeprefix(_USER_PREFIX),
        acl.operation.name.lower(),
        pattern.resource_type.name.lower(),
        pattern.resource_name,
        pattern.pattern_type is ACLResourcePatternType.PREFIXED,
    )
