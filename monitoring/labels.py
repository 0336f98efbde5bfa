"""Which values a label may have: closed sets, from what is declared, so that no stray text ever becomes a series."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from govbus.ports import Account, Direction, Outcome, Stage
from govbus.reasons import Reason
from monitoring import metrics
from monitoring.metrics import Metric
from topics.access import SEALER
from topics.load import load

if TYPE_CHECKING:
    from topics.declaration import Topic

OTHER = "other"
_EXCHANGES = Path(__file__).resolve().parent.parent / "agents" / "exchanges"
_DOORS: tuple[tuple[Direction, tuple[Outcome, ...]], ...] = (
    ("in", ("accepted", "duplicate", "refused", "quarantined")),
    ("out", ("delivered", "duplicate", "refused")),
)


def closed_sets(programs: Iterable[str] = ()) -> Mapping[str, frozenset[str]]:
    """The values of each label; anything else is counted as :data:`OTHER`.

    :param programs: names that the label ``adapter`` may have
    """
    catalogue = load()
    return {
        "department": frozenset(catalogue.departments),
        "topic": frozenset(catalogue.topics),
        "exchange": frozenset(path.stem for path in _EXCHANGES.glob("*.yaml")) | {"unrouted", "all"},
        "reason": frozenset(reason.value for reason in Reason),
        "adapter": frozenset(programs),
        "direction": frozenset(get_args(Direction)),
        "outcome": frozenset(get_args(Outcome)),
        "stage": frozenset(get_args(Stage)),
        "account": frozenset(get_args(Account)),
    }


def expected(program: str) -> Iterator[tuple[Metric, tuple[str, ...]]]:
    """The counters that ``program`` may raise, to stand at 0 from its start: a rate over a series that begins at 5 misses these 5.

    An adapter's name begins with its department, whose topics it serves; a worker serves all topics that workers read, and the verdicts.
    """
    if program == SEALER:
        yield from (
            (metric, (name,)) for name, topic in load().topics.items() if topic.sealed for metric in (metrics.SEALED, metrics.SEALS)
        )
        return
    department = program.split(".", 1)[0]
    adapter = "." in program
    for topic in load().topics.values():
        if topic.meta.owner == department if adapter else "worker" in topic.access.read or topic.spec.record == "gov_data.ProofVerdict":
            yield from _of(topic)


def _of(topic: "Topic") -> Iterator[tuple[Metric, tuple[str, ...]]]:
    owner, name = topic.meta.owner, topic.name
    for direction, outcomes in _DOORS:
        yield metrics.BYTES, (owner, name, direction)
        for outcome in outcomes:
            yield metrics.RECORDS, (owner, name, direction, outcome)
    for reason in Reason:
        yield metrics.REFUSALS, ("gov-data" if reason.owner == "gov-data" else owner, name, reason.value)
