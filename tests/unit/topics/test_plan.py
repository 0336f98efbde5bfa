"""The plan is a comparison of values: what is missing is made, what is too much is left, and only rights are taken away."""

from dataclasses import replace
from datetime import date

from topics.access import Rule, rules
from topics.broker import Quota
from topics.load import load
from topics.plan import Plan, State, compare

DAY, WORKERS, SECRETS = date(2026, 11, 24), ("worker-1",), frozenset({"housing", "worker-1", "monitor"})
CATALOGUE = load()
QUOTA = Quota(**CATALOGUE.quota.model_dump())
EMPTY = State({}, {}, frozenset(), frozenset(), {})
DONE = State(
    {name: topic.spec.partitions for name, topic in CATALOGUE.topics.items()},
    {name: topic.spec.config() for name, topic in CATALOGUE.topics.items()},
    frozenset(rules(CATALOGUE, WORKERS, DAY)),
    SECRETS,
    {"housing": QUOTA._asdict()},
)


def of(state: State, day: date = DAY) -> Plan:
    return compare(CATALOGUE, state, WORKERS, SECRETS, day)


def test_new_cluster_gets_everything() -> None:
    plan = of(EMPTY)
    assert {topic.name for topic in plan.create} == set(CATALOGUE.topics)
    assert set(plan.allow) == DONE.rules
    assert set(plan.users) == SECRETS
    assert plan.quotas == (("housing", QUOTA),)
    assert not plan.forbid


def test_cluster_as_declared_needs_nothing() -> None:
    assert of(DONE).empty


def test_partitions_grow_and_never_shrink() -> None:
    assert [topic.name for topic in of(replace(DONE, topics={**DONE.topics, "housing.request": 1})).grow] == ["housing.request"]
    more = of(replace(DONE, topics={**DONE.topics, "housing.request": 9}))
    assert more.empty
    assert more.notes == ("topic housing.request has more partitions than declared; partitions are never taken away",)


def test_strange_topic_is_left_alone() -> None:
    plan = of(replace(DONE, topics={**DONE.topics, "someone.elses": 1, "__consumer_offsets": 4}))
    assert plan.empty
    assert plan.notes == ("topic someone.elses is declared nowhere; it is left alone",)


def test_changed_setting_is_set_back_and_others_stay() -> None:
    configs = {**DONE.configs, "housing.request": {**DONE.configs["housing.request"], "retention.ms": "1", "segment.ms": "5"}}
    assert of(replace(DONE, configs=configs)).configs == (("housing.request", {"retention.ms": str(1096 * 86_400_000)}),)


def test_right_that_no_declaration_gives_is_taken_away() -> None:
    stray = Rule("tax", "read", "topic", "housing.request")
    plan = of(replace(DONE, rules=DONE.rules | {stray}))
    assert plan.forbid == (stray,)
    assert plan.steps() == [("forbid", "tax", "read topic housing.request")]


def test_expiry_of_the_last_grant_takes_the_right_away() -> None:
    """Nobody's grant is longer than until the end of 2028."""
    plan = of(DONE, date(2029, 1, 1))
    askers = {grant.department for grant in load().grants.all}
    assert set(plan.forbid) == {Rule(asker, "write", "topic", f"{asker}.request") for asker in askers}
    assert not plan.allow


def test_strange_login_is_left() -> None:
    assert of(replace(DONE, users=DONE.users | {"somebody"})).empty
