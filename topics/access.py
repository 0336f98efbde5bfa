"""Who may do what at the broker."""

from typing import Literal, NamedTuple

Resource = Literal["topic", "group", "transactional_id", "cluster"]
Operation = Literal["read", "write", "describe", "describe_configs"]


class Rule(NamedTuple):
    """One Kafka ACL that allows something; there are no others, because the broker denies what no rule allows."""

    principal: str
    operation: Operation
    resource: Resource
    name: str
    prefixed: bool = False
