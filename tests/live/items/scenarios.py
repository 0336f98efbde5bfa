"""The bench that plays the scenarios of :mod:`local.cases` without a broker: real tables, the holder's side, the shape."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from adapters.database import Database
from adapters.declaration import SqlAnswerer, load_adapters
from adapters.holder import Holder
from agents.desk import Desk
from agents.shapes.admission import Gate
from agents.shapes.decision import Decision, Tick
from agents.wiring import asking
from govbus.envelope import Envelope
from govbus.identity.compare import Judgement
from govbus.settings import Home
from local.cases import Scenario, insert, load
from tests.live.items.landing import FILES, Landed
from tests.oracle.verdicts import load_files
from tests.unit.shapes import world
from topics.load import load as load_catalogue

ORACLE = Path(__file__).parents[2] / "oracle"
DEPARTMENTS = Path(__file__).parents[3] / "local" / "departments"
ANSWERERS = {each.meta.department: each.spec for each in load_adapters().values() if isinstance(each.spec, SqlAnswerer)}
HOLDERS = tuple(sorted(ANSWERERS))


@dataclass
class Office:
    """The holders' databases and the desk: a request goes in, a verdict comes out."""

    home: Home
    owners: Mapping[str, str]
    _made: set[str] = field(default_factory=set)
    _open: dict[str, Holder] = field(default_factory=dict)
    _desk: Desk = field(default_factory=lambda: make_desk())  # noqa: PLW0108  # it stands below
    _told: dict[str, dict[str, Any]] = field(default_factory=dict)
    landed: Landed = field(default_factory=Landed)

    def take_in(self) -> None:
        """Put what the holders of all scenarios have into their tables, and land what comes in files."""
        held = {name for found in load().values() for each in found for name in each.held}
        for department in sorted(held & set(FILES)):
            self.landed.land(self._desk, department, self._drop(department))
        for department in sorted(held - set(FILES)):
            with psycopg.connect(self.owners[department]) as link:
                self._schema(department, link)
                insert(link, department)

    def _drop(self, department: str) -> Path:
        folder = self.home.folder / "drop" / department
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _schema(self, department: str, link: psycopg.Connection) -> None:
        if department not in self._made:
            self._made.add(department)
            for name in ("schema", "rights"):
                link.execute((DEPARTMENTS / department / f"{name}.sql").read_text(encoding="utf-8"))

    def holder(self, department: str) -> Holder:
        """The holder's side as its answerer has it."""
        if department not in self._open:
            with psycopg.connect(self.owners[department]) as link:
                self._schema(department, link)
            spec = ANSWERERS[department]
            self._open[department] = Holder(Database(self.home, spec.database, spec.role, read_only=True), spec.items)
        return self._open[department]

    def verdict(self, scenario: Scenario) -> dict[str, Any]:
        """Ask, let every holder that is asked answer from its own tables, and give the verdict; silence until the end is a timeout."""
        if scenario.id not in self._told:
            self._told[scenario.id] = self._asked(scenario)
        return self._told[scenario.id]

    def _asked(self, scenario: Scenario) -> dict[str, Any]:
        desk, asked = self._desk, request(scenario)
        exchange = desk.route(asked)
        decision = desk.decide(exchange, self.landed.states.get((exchange, asked.key)), asked, world.START_MS)
        verdicts, state, at_ms = _verdicts(decision), decision.state, world.START_MS
        for question in [each for each in decision.outputs if each.record.endswith("Question")]:
            department = question.topic.split(".", 1)[0]
            if department in scenario.silent:
                continue
            at_ms += 10
            said = self._answer(scenario, department, question.data, at_ms)
            decision = desk.decide(exchange, state, said, at_ms)
            verdicts, state = verdicts + _verdicts(decision), decision.state
        for task in [each for each in decision.outputs if scenario.people and each.record.endswith("Task")]:
            at_ms += 10
            decision = desk.decide(exchange, state, _by_people(scenario, task.data, at_ms), at_ms)
            verdicts, state = verdicts + _verdicts(decision), decision.state
        if not verdicts and decision.due_ms:
            verdicts = _verdicts(desk.decide(exchange, state, Tick(decision.due_ms), decision.due_ms))
        assert len(verdicts) == 1, f"{scenario.id}: {len(verdicts)} verdicts"
        return verdicts[0]

    def _answer(self, scenario: Scenario, department: str, question: Mapping[str, Any], at_ms: int) -> Envelope:
        (found,) = self.holder(department).judged([question])
        judged = found if isinstance(found, Judgement) else Judgement("refused")
        data = {
            "request_id": question["request_id"], "exchange": question["exchange"], "item": question["item"], "holder": department,
            "outcome": judged.outcome, "mismatched_fields": list(judged.mismatched_fields), "flags": list(judged.flags),
            "reason": None if isinstance(found, Judgement) else found.value, "as_of": question["as_of"],
            "source_version": judged.source_version, "rule_version": "test", "answered_at": at_ms,
        }  # fmt: skip
        return _envelope(scenario, f"a-{department}", data)

    def oracle(self, item: str, department: str, scenarios: Sequence[Scenario]) -> dict[str, tuple[str, list[str]]]:
        """Outcome and differing fields by scenario, by plain SQL over the holder's tables or files; shares no code with the product.

        :param item: the SQL file: the item, and for one of several holders ``<item>.<holder>``
        """
        owner = self.owners[HOLDERS[0] if department in FILES else department]  # any database can read a file
        with psycopg.connect(owner, row_factory=dict_row) as link, link.transaction(force_rollback=True):
            link.execute((ORACLE / "person.sql").read_text(encoding="utf-8"))
            if department in FILES:
                load_files(link.cursor(), sorted(self._drop(department).glob("*.csv")))
            link.execute((ORACLE / "items" / "asked.sql").read_text(encoding="utf-8"))
            for each in scenarios:
                row = (each.name, each.subject["id_no"], each.subject["name"], Jsonb(dict(each.claims)), each.as_of)
                link.execute("INSERT INTO asked (scenario, typed, name, claims, as_of) VALUES (%s, %s, %s, %s, %s)", row)
            rows = link.execute((ORACLE / "items" / f"{oracle_of(item, department)}.sql").read_text(encoding="utf-8")).fetchall()
        return {row["scenario"]: (row["outcome"], sorted(row["differ"] or [])) for row in rows}


def _by_people(scenario: Scenario, task: Mapping[str, Any], at_ms: int) -> Envelope:
    """What the holder's officers find where its data has no answer."""
    (holder,) = scenario.held
    found = {"mismatched_fields": [], **(scenario.people or {})}
    data = {
        "request_id": task["request_id"], "exchange": task["exchange"], "item": task["item"], "holder": holder, **found,
        "flags": ["assisted"], "reason": None, "as_of": task["as_of"], "source_version": "assisted:XC0001", "rule_version": "assisted",
        "answered_at": at_ms,
    }  # fmt: skip
    return _envelope(scenario, "a-people", data)


def _envelope(scenario: Scenario, name: str, data: Mapping[str, Any]) -> Envelope:
    key = world.KEYS.key(scenario.subject["id_type"], scenario.subject["id_no"])
    return world.envelope(f"{data['holder']}.answer", "gov_data.ProofAnswer", data, data["answered_at"], id=name)._replace(key=key)


def oracle_of(item: str, department: str) -> str:
    """Name of the plain SQL that says what this holder must answer; where several are asked, each has its own."""
    spec = next(each.spec for each in world.VERIFYING.values() if each.spec.item == item)
    return f"{item}.{department}" if spec.mode == "gather" else item


def make_desk() -> Desk:
    """The desk of this project's declarations, every asker included."""
    catalogue = load_catalogue()
    gate = Gate(frozenset(catalogue.departments), asking(catalogue.grants), world.KEYS)
    askers = tuple(name for name, department in catalogue.departments.items() if "asker" in department.roles)
    return Desk(world.VERIFYING, gate, catalogue.records, askers)


def request(scenario: Scenario) -> Envelope:
    """The asker's request."""
    data = scenario.request("r1")
    return world.envelope(f"{scenario.asker}.request", "gov_data.ProofRequest", data, world.START_MS)


def _verdicts(decision: Decision) -> list[dict[str, Any]]:
    return [dict(each.data) for each in decision.outputs if each.record.endswith("Verdict")]
