"""The checker on hand-made histories: a good one is silent, and each thing that must not be is found, and only that."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.check import Effect, Facts, Group, check

ONE = (0, "proof-05")


def made() -> Facts:
    """Three requests of one person: a verdict, a duplicate of it, a refusal; then a bad record."""
    places = [("housing.request", 0, offset) for offset in range(4)]
    names = ["r1", "r1", "r2", "bad"]
    effects = [
        Effect("housing.verdict", 0, 0, "verdict r1", "v1", "k", "aa"),
        Effect("housing.verdict", 0, 1, "verdict r2", "v2", "k", "bb", ("NO_GRANT", "housing", "housing.request/0@2")),
        Effect("bus.quarantine", 0, 0, "quarantine q", "q", "q", "cc", ("BAD_KEY", "housing", "housing.request/0@3")),
    ]
    book = {"accepted": 4, "delivered": 1, "refused": 1, "quarantined": 1, "duplicate": 1}
    return Facts(
        attempted=set(names),
        acknowledged=list(zip(places, names, strict=True)),
        inputs=dict(zip(places, names, strict=True)),
        times=dict(zip(places, (10, 10, 20, 30), strict=True)),
        groups=[Group(0, [("housing.request", 0, 2)], 11), Group(0, [], 15), Group(0, [("housing.request", 2, 5)], 30)],
        expected=list(zip(effects, [places[0], places[2], places[3]], strict=True)),
        found=effects,
        books=[(ONE, {**dict.fromkeys(book, 0), "accepted": 1, "delivered": 1}), (ONE, book)],
        due={ONE: book},
        told=Counter({(ONE, "delivered"): 1, (ONE, "refused"): 1}),
        states={"proof-05|k": {"checks": {"r1": "answered", "r2": "timer"}, "landed": None}},
        states_due={"proof-05|k": {"checks": {"r1": "answered", "r2": "timer"}, "landed": None}},
        positions={("housing.request", 0): 4},
        ends={("housing.request", 0): 4},
    )


def kinds(facts: Facts) -> list[str]:
    return [violation.kind for violation in check(facts)]


def test_a_history_in_which_all_is_well() -> None:
    assert check(made()) == []


def lost_effect(facts: Facts) -> None:
    del facts.found[0]


def lost_input(facts: Facts) -> None:
    facts.acknowledged.append((("housing.request", 0, 9), "r9"))


def doubled(facts: Facts) -> None:
    facts.found.append(facts.found[0]._replace(offset=7))


def doubled_with_other_bytes(facts: Facts) -> None:
    facts.found.append(facts.found[0]._replace(offset=7, id="v1-b", digest="zz"))


def reordered(facts: Facts) -> None:
    facts.found[0] = facts.found[0]._replace(offset=5)


def other_bytes(facts: Facts) -> None:
    facts.found[0] = facts.found[0]._replace(digest="zz")


def never_sent(facts: Facts) -> None:
    facts.attempted.discard("r2")


def no_cause(facts: Facts) -> None:
    facts.found.append(Effect("housing.verdict", 0, 9, "verdict r9", "v9", "k", "dd"))


def no_owner(facts: Facts) -> None:
    facts.found[1] = facts.found[1]._replace(why=("NO_GRANT", "", "housing.request/0@2"))


def ledger_short(facts: Facts) -> None:
    facts.books[-1] = (ONE, {**facts.books[-1][1], "duplicate": 0})


def ledger_says_more(facts: Facts) -> None:
    facts.books[-1] = (ONE, {**facts.books[-1][1], "accepted": 5, "delivered": 2})


def ledger_falls(facts: Facts) -> None:
    facts.books.insert(0, (ONE, {**facts.books[0][1], "delivered": 2}))


def ledger_away(facts: Facts) -> None:
    facts.books.clear()


def hidden_in_flight(facts: Facts) -> None:
    facts.in_flight = {ONE: 1}


def other_state(facts: Facts) -> None:
    facts.states = {}


def third_end(facts: Facts) -> None:
    facts.states = {"proof-05|k": {"checks": {"r1": "answered", "r2": "forgotten"}, "landed": None}}


def one_check_less(facts: Facts) -> None:
    facts.states = {"proof-05|k": {"checks": {"r1": "answered"}, "landed": None}}


def other_landed(facts: Facts) -> None:
    facts.states = {"proof-05|k": {"checks": {"r1": "answered", "r2": "timer"}, "landed": "v1"}}


def taken_twice(facts: Facts) -> None:
    facts.groups.append(Group(0, [("housing.request", 3, 4)], 30))


def never_taken(facts: Facts) -> None:
    facts.groups[-1] = Group(0, [("housing.request", 3, 5)], 30)


def passed_by_a_timer(facts: Facts) -> None:
    facts.groups[1] = Group(0, [], 21)


def behind(facts: Facts) -> None:
    facts.positions = {("housing.request", 0): 3}


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lost_effect, ["lost"]),
        (lost_input, ["lost"]),
        (doubled, ["double"]),
        (doubled_with_other_bytes, ["double", "wrong"]),
        (reordered, ["order"]),
        (other_bytes, ["wrong"]),
        (never_sent, ["phantom"]),
        (no_cause, ["phantom"]),
        (no_owner, ["unexplained"]),
        (ledger_short, ["ledger", "ledger"]),
        (ledger_says_more, ["ledger", "ledger"]),
        (ledger_falls, ["ledger"]),
        (hidden_in_flight, ["ledger"]),
        (other_state, ["state"]),
        (third_end, ["state"]),
        (one_check_less, ["state"]),
        (other_landed, ["state"]),
        (taken_twice, ["double"]),
        (never_taken, ["lost"]),
        (passed_by_a_timer, ["order"]),
        (behind, ["state"]),
    ],
)
def test_each_thing_that_must_not_be_is_found(spoil: Callable[[Facts], None], kind: list[str]) -> None:
    facts = made()
    spoil(facts)
    assert kinds(facts) == kind


def test_a_ledger_that_was_never_written_is_found() -> None:
    facts = made()
    ledger_away(facts)
    assert set(kinds(facts)) == {"ledger"}
