"""What would have to change at the cluster for the declarations to hold. Looks, compares, changes nothing.

1. Topics are created, never deleted; partitions grow, never shrink. 2. Settings that are declared are set, others left alone.
3. Rights that no declaration gives are taken away: the only thing that is ever removed. 4. Logins are made, never removed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from govbus.errors import SetupError
from govbus.settings import Home
from schemas.registry import COMPATIBILITY, Registration, Registry
from topics import access
from topics.access import Rule
from topics.broker import Admin, Quota
from topics.declaration import Topic
from topics.load import Catalogue, load


@dataclass(frozen=True)
class State:
    """What is at the cluster now."""

    topics: Mapping[str, int]
    configs: Mapping[str, Mapping[str, str]]
    rules: frozenset[Rule]
    users: frozenset[str]
    quotas: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Plan:
    """The steps, in the order in which they are applied; and notes on what is left as it is."""

    create: tuple[Topic, ...] = ()
    grow: tuple[Topic, ...] = ()
    configs: tuple[tuple[str, Mapping[str, str]], ...] = ()
    users: tuple[str, ...] = ()
    allow: tuple[Rule, ...] = ()
    forbid: tuple[Rule, ...] = ()
    quotas: tuple[tuple[str, Quota], ...] = ()
    protect: bool = False
    schemas: tuple[Registration, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the cluster is as declared."""
        return not self.steps()

    def steps(self) -> list[tuple[str, str, str]]:
        """(verb, thing, detail) of each step, for people."""
        return [
            *(("create topic", t.name, f"{t.spec.partitions} partitions, {t.spec.cleanup}") for t in self.create),
            *(("grow topic", t.name, f"to {t.spec.partitions} partitions") for t in self.grow),
            *(("set", name, ", ".join(f"{key}={value}" for key, value in changes.items())) for name, changes in self.configs),
            *(("set password", name, "from its secret") for name in self.users),
            *(("allow", rule.principal, _said(rule)) for rule in self.allow),
            *(("forbid", rule.principal, _said(rule)) for rule in self.forbid),
            *(("limit", name, f"{quota.producer_byte_rate} B/s in, {quota.consumer_byte_rate} B/s out") for name, quota in self.quotas),
            *([("set rule", "registry", COMPATIBILITY)] if self.protect else []),
            *(("register", one.subject, f"version {one.entry.version} as schema id {one.entry.id}") for one in self.schemas),
        ]


def plan(home: Home, admin: Admin, registry: Registry | None, today: date | None = None) -> Plan:
    """Compare the declarations with the cluster and, unless it is None, the registry.

    :param today: the day on which grants must be live; default: now, local time
    :raises SetupError: a declaration, a secret or a right is wrong; :raises RetryLater: a server is away
    """
    catalogue = load()
    topics = admin.topics()
    known = [name for name in catalogue.topics if name in topics]
    state = State(topics, admin.configs(known), frozenset(admin.rules()), frozenset(admin.users()), admin.quotas())
    workers = home.site.workers
    secrets = frozenset(name for name in access.principals(catalogue, workers) if _has_secret(home, name))
    schemas = tuple(registry.missing(catalogue.records)) if registry else ()
    protect = registry is not None and not registry.protected()
    return compare(catalogue, state, workers, secrets, today or datetime.now().astimezone().date(), schemas, protect)


def compare(
    catalogue: Catalogue,
    state: State,
    workers: tuple[str, ...],
    secrets: frozenset[str],
    today: date,
    schemas: tuple[Registration, ...] = (),
    protect: bool = False,
) -> Plan:
    """The plan, from values alone.

    :param secrets: principals that have a password in this home; the others cannot log in here, and only that is noted
    """
    wanted = access.rules(catalogue, workers, today)
    there = [topic for topic in catalogue.topics.values() if topic.name in state.topics]
    changes = ((topic.name, _changed(topic, state.configs.get(topic.name, {}))) for topic in there)
    limits = Quota(**catalogue.quota.model_dump())
    return Plan(
        create=tuple(topic for topic in catalogue.topics.values() if topic.name not in state.topics),
        grow=tuple(topic for topic in there if topic.spec.partitions > state.topics[topic.name]),
        configs=tuple((name, change) for name, change in changes if change),
        users=tuple(sorted(secrets - state.users)),
        allow=tuple(sorted(wanted - state.rules)),
        forbid=tuple(sorted(state.rules - wanted)),
        quotas=tuple((name, limits) for name in sorted(secrets & set(catalogue.departments)) if state.quotas.get(name) != limits._asdict()),
        protect=protect,
        schemas=schemas,
        notes=tuple(_notes(catalogue, state)),
    )


def _changed(topic: Topic, now: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in topic.spec.config().items() if now.get(key) != value}


def _notes(catalogue: Catalogue, state: State) -> list[str]:
    strangers = sorted(name for name in state.topics if name not in catalogue.topics and not name.startswith("__"))
    shrunk = [topic.name for topic in catalogue.topics.values() if state.topics.get(topic.name, 0) > topic.spec.partitions]
    told = [f"topic {name} is declared nowhere; it is left alone" for name in strangers]
    return told + [f"topic {name} has more partitions than declared; partitions are never taken away" for name in shrunk]


def _has_secret(home: Home, principal: str) -> bool:
    """A missing secret means that this principal does not log in here; one that others can read is a fault."""
    if not (home.folder / "secrets" / f"kafka.{principal}").exists():
        return False
    if not home.secret(f"kafka.{principal}").get_secret_value():
        msg = f"secret kafka.{principal} is empty: write a password into it"
        raise SetupError(msg)
    return True


def _said(rule: Rule) -> str:
    return f"{rule.operation} {rule.resource} {rule.name}{'*' if rule.prefixed else ''}"
