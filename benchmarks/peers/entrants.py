"""Who takes part, with which guarantee, and how each is started."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from agents.runtime.order import TOPIC as WORKED_TOPIC
from agents.runtime.worker import LEDGER_TOPIC, STATE_TOPIC
from benchmarks.peers.environment import Environment
from local.instance import PROJECT
from local.parts import JAVA

CORE = 0


class Home(Enum):
    """Whose interpreter and packages a contestant runs with."""

    PROJECT = "the project's own environment"
    BENCH = "the bench environment"
    JVM = "the JVM"


@dataclass(frozen=True)
class Entrant:
    """One contestant.

    :ivar program: module of :mod:`benchmarks.peers.contestants`, or Java class
    :ivar guarantee: in the contestant's own words, handed over to its program
    :ivar records: to drain in a full run; fewer where 200,000 would take minutes, for the figures are rates
    :ivar whole: does the whole work of the bus, not the bare job: its requests are events, and it keeps books in topics of its own
    :ivar alone: has CORE for itself, and no other
    :ivar compiled: its hot modules are machine code
    """

    title: str
    home: Home
    program: str
    guarantee: str
    records: int = 200_000
    whole: bool = False
    alone: bool = False
    compiled: bool = False

    @property
    def once(self) -> bool:
        """Does a committed reader see each result exactly once?"""
        return self.guarantee.startswith("exactly")

    @property
    def books(self) -> tuple[str, ...]:
        """Topics that it needs beside source and target, new for each run."""
        return BOOKS if self.whole else ()

    def project(self, environment: Environment) -> Path:
        """Where it is started."""
        return environment.compiled if self.compiled else PROJECT

    def command(self, environment: Environment, folder: Path, bootstrap: str, source: str, target: str) -> tuple[str, ...]:
        """The process to start; its group is named after its source, so that every run is new to the broker.

        :param folder: for what it must write
        """
        words = (bootstrap, source, target, f"group-{source}", self.guarantee, str(folder))
        if self.home is Home.JVM:
            options = ("-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", environment.streams_classpath)
            return (str(JAVA), *options, self.program, *words)
        python = sys.executable if self.home is Home.PROJECT else str(environment.python)
        bound = ("taskset", "--cpu-list", str(CORE)) if self.alone else ()
        return (*bound, python, "-m", f"benchmarks.peers.contestants.{self.program}", *words)


BOOKS = (STATE_TOPIC, LEDGER_TOPIC, WORKED_TOPIC)
ENTRANTS: Mapping[str, Entrant] = {
    "ours": Entrant("agent runtime (this project)", Home.PROJECT, "ours", "exactly-once"),
    "whole": Entrant("whole agent of this project", Home.PROJECT, "whole", "exactly-once", whole=True),
    "core": Entrant("whole agent, on one core", Home.PROJECT, "whole", "exactly-once", whole=True, alone=True),
    "compiled": Entrant("whole agent, compiled, on one core", Home.PROJECT, "whole", "exactly-once", whole=True, alone=True, compiled=True),
    "faust": Entrant("stock Faust", Home.PROJECT, "faust_stock", "at-least-once", 30_000),
    "quix": Entrant("Quix Streams", Home.BENCH, "quix", "at-least-once"),
    "quix-eo": Entrant("Quix Streams", Home.BENCH, "quix", "exactly-once"),
    "confluent": Entrant("confluent-kafka loop", Home.PROJECT, "confluent_loop", "at-least-once"),
    "kafka-python": Entrant("kafka-python loop", Home.PROJECT, "kafka_python_loop", "at-least-once", 60_000),
    "streams": Entrant("Kafka Streams (JVM)", Home.JVM, "BareJob", "at_least_once"),
    "streams-eo": Entrant("Kafka Streams (JVM)", Home.JVM, "BareJob", "exactly_once_v2"),
}
