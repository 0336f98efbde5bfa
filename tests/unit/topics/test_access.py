"""Departments are kept apart by ACLs alone: the derived set is exact, and nobody has a right that no declaration gives."""

from datetime import date

import pytest

from topics.access import Rule, rules
from topics.load import load

DAY = date(2026, 11, 24)
RULES = rules(load(), ("worker-1", "worker-2"), DAY)


def of(principal: str) -> set[tuple[str, str, str]]:
    return {(rule.operation, rule.resource, rule.name + ("*" if rule.prefixed else "")) for rule in RULES if rule.principal == principal}


def asks(name: str) -> set[tuple[str, str, str]]:
    return {
        ("write", "topic", f"{name}.request"),
        ("read", "topic", f"{name}.verdict"),
        ("read", "topic", f"{name}.progress"),
        ("read", "group", f"{name}.*"),
    }


def holds(name: str) -> set[tuple[str, str, str]]:
    return {
        ("read", "topic", f"{name}.question"),
        ("read", "topic", f"{name}.task"),
        ("read", "topic", f"{name}.answer"),
        ("write", "topic", f"{name}.answer"),
        ("write", "topic", f"{name}.correction"),
        ("read", "group", f"{name}.*"),
    }


def moves(name: str) -> set[tuple[str, str, str]]:
    return {("write", "topic", f"{name}.case"), ("read", "topic", f"{name}.case-progress"), ("read", "group", f"{name}.*")}


HEALTH_CODE = {
    *(
        ("write", "topic", f"health.{word}")
        for word in (
            "lab-result", "lab-round", "lab-correction", "lab-identity-correction", "pool-positive", "contact-order", "foreign-code",
            "place-order", "region-risk", "quarantine", "vaccination", "vaccination-correction", "symptom-visit", "override", "release",
            "appeal-decision",
        )
    ),
    ("read", "topic", "health.code-change"),
    ("read", "topic", "health.code-badge"),
    ("read", "topic", "health.standing-notice"),
    ("read", "topic", "health.standing-disposal"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("principal", "rights"),
    [
        ("urban-management", asks("urban-management") | moves("urban-management")),
        ("health", holds("health") | moves("health") | HEALTH_CODE),
        ("housing", asks("housing") | holds("housing") | moves("housing")),  # and answers for the lease register
        ("disabled-federation", {("write", "topic", "disabled-federation.disability")} | moves("disabled-federation")),
        ("gov-data", moves("gov-data") | {("write", "topic", "gov-data.place-scan")}),
        ("audit", set()),
        ("monitor", {("describe", "topic", "*"), ("describe", "group", "*")}),
    ],
)
def test_exactly(principal: str, rights: set[tuple[str, str, str]]) -> None:
    assert of(principal) == rights


def test_worker() -> None:
    assert {
        ("read", "topic", "housing.request"),
        ("write", "topic", "housing.verdict"),
        ("write", "topic", "civil-affairs.question"),
        ("read", "topic", "civil-affairs.answer"),
        ("read", "topic", "bus.verify.state"),
        ("write", "topic", "bus.verify.state"),
        ("write", "topic", "bus.quarantine"),
        ("read", "group", "bus-verify"),
        ("write", "transactional_id", "bus-verify.worker-1"),
    } <= of("worker-1")
    assert ("read", "topic", "bus.quarantine") not in of("worker-1")
    assert ("write", "topic", "housing.request") not in of("worker-1")


def test_no_department_reads_what_a_person_did() -> None:
    """Scans, stays, results and orders are for the agents and the auditor; other departments get colours."""
    told = {
        name: one
        for name, one in load().topics.items()
        if one.spec.record.startswith(("health.", "gov_data.PlaceScan", "public_security."))
    }
    assert len(told) == 18
    for name in told:
        readers = {rule.principal for rule in RULES if rule.name == name and rule.operation == "read"}
        assert readers == {"worker-1", "worker-2", "auditor", "sealer"}


def test_no_worker_can_use_its_neighbour_s_transactional_id() -> None:
    assert not any(rule.principal == "worker-2" and "worker-1" in rule.name for rule in RULES)


def test_only_workers_write_state_and_nobody_else_reads_it() -> None:
    assert {rule.principal for rule in RULES if rule.name == "bus.verify.state"} == {"worker-1", "worker-2"}


def test_only_the_operator_reads_quarantine_and_the_sealer_seals_it() -> None:
    assert {rule.principal for rule in RULES if rule.name == "bus.quarantine" and rule.operation == "read"} == {"operator", "sealer"}


def test_the_sealer_reads_everything_but_the_agents_memory_and_writes_only_seals() -> None:
    declared = {("read", "topic", name) for name in load().topics if name != "bus.verify.state"}
    assert of("sealer") == declared | {("write", "topic", "bus.seals"), ("read", "group", "sealer.*")}


def test_auditor_reads_the_dialogue_and_writes_nothing() -> None:
    assert ("read", "topic", "housing.request") in of("auditor")
    assert not any(operation == "write" for operation, _, _ in of("auditor"))


def test_expired_grants_take_the_right_to_ask_but_not_the_verdicts() -> None:
    later = rules(load(), ("worker-1",), date(2035, 1, 1))
    assert Rule("housing", "write", "topic", "housing.request") not in later
    assert Rule("housing", "read", "topic", "housing.verdict") in later
