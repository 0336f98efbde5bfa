"""The course of one case through one decision: moves taken, moves of the bus that follow, outcomes corrected, clocks looked at. Pure.

The file is a copy of the state's; whatever is told is collected. Nothing here knows a state or a move by name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.case_declaration import CaseExchange, Move
from agents.case_words import BUS, CLOCKS
from agents.shapes import case_clocks, case_rules
from agents.shapes.case_clocks import CaseClock
from agents.shapes.case_rules import File
from agents.shapes.case_told import progress
from agents.shapes.decision import Output
from agents.shapes.duty import Duties, Lateness, owner_of
from govbus.clocks.calendar import end_of, local_day
from govbus.clocks.clock import Standing, State

AFTER_CHECK, FORGET = "after-check", "forget"


class By(NamedTuple):
    """Who moves, and by which record; times in milliseconds."""

    event_id: str
    digest: bytes
    department: str
    staff: str
    at: int
    known: int
    request_id: str | None = None


@dataclass(slots=True)
class Course:
    """One case while it is decided about."""

    exchange: CaseExchange
    duties: Duties
    case_id: str
    file: File
    now_ms: int
    outputs: list[Output] = field(default_factory=list)
    rests_on: str | None = None  # check that is entered now

    def take(self, move: Move, by: By) -> None:
        """Move, then whatever the bus has to do there."""
        self._enter(move, by)
        self._settle()

    def by_bus(self, move: Move, request_id: str | None = None) -> None:
        """A move of the bus's own, now."""
        name = f"{self.case_id}#{len(self.file['moves'])}"
        self.take(move, By(name, b"", BUS, "", self.now_ms, self.now_ms, request_id))

    def undo(self, index: int, step: str) -> None:
        """The outcome that the move at ``index`` rests on has been corrected: it and all that followed count no longer; all are told."""
        file = self.file
        cause = (f"{self.case_id}#{len(file['moves'])}", self.now_ms, self.now_ms)
        file["state"] = file["moves"][index]["before"]
        file["moves"] = [{**each, "undone": each["undone"] or number >= index} for number, each in enumerate(file["moves"])]
        file["clocks"] = case_clocks.stopped(file["clocks"], "", "", cause)
        file["timers"] = {}
        self.tell(file["told"], step, step)

    def tell(self, departments: Iterator[str] | list[str], move: str, step: str) -> None:
        """A progress record for each, about where the case stands now."""
        self.outputs += [progress(self, name, move, step) for name in dict.fromkeys(departments)]

    def watch(self) -> None:
        """Look at every clock: raise alarms, take back those that were wrong, set timers; afterwards the file is as it will be kept."""
        for number in range(len(self.file["clocks"])):
            clock = self.file["clocks"][number]
            found = case_clocks.stands(clock, self.exchange.spec.term(clock["clock"]), self.now_ms)
            if case_clocks.wrong_alarm(clock, found):
                self._withdraw(number, clock, found)
            elif found.state is State.OVERDUE and not clock["told"]:
                self._alarm(number, clock, found)
        kept = {name: due for name, due in self.file["timers"].items() if name in (AFTER_CHECK, FORGET)}
        for clock, found in self.running():
            if found.state is State.RUNNING and found.late_from is not None:
                kept[f"{clock['clock']} {clock['owner']}"] = found.late_from
        self.file["timers"] = kept

    def running(self) -> Iterator[tuple[CaseClock, Standing]]:
        """Its clocks that run."""
        terms = {clock["clock"]: self.exchange.spec.term(clock["clock"]) for clock in self.file["clocks"]}
        return case_clocks.running(self.file["clocks"], terms, self.now_ms)

    def _enter(self, move: Move, by: By) -> None:
        file, spec = self.file, self.exchange.spec
        file["moves"] = [*file["moves"], {
            "event_id": by.event_id, "digest": by.digest, "move": move.name, "before": file["state"], "department": by.department,
            "staff": by.staff, "at": by.at, "known": by.known, "request_id": by.request_id, "undone": False,
        }]  # fmt: skip
        entered, file["state"] = file["state"] != move.to, move.to
        cause = (by.event_id, by.at, by.known)
        if move.stops_clock:
            owner = by.department if by.department in file["holders"] and move.by == "holder" else ""
            file["clocks"] = case_clocks.stopped(file["clocks"], move.stops_clock, owner, cause)
        if move.clock:
            owners = owner_of(CLOCKS[move.clock], file["department"], file["holders"])
            # whoever has to act cannot have known of it before the bus did
            file["clocks"] = case_clocks.started(file["clocks"], move.clock, owners, (by.event_id, by.known, by.known))
        if entered:
            file["timers"] = {}
            self._draw()
        if spec.states[move.to].final:
            file["clocks"] = case_clocks.stopped(file["clocks"], "", "", cause)
            file["timers"] = {FORGET: self.now_ms + spec.remember}
        self.tell([name for each in move.tells for name in case_rules.named(each, file)], move.name, "moved")

    def _draw(self) -> None:
        """Where the lot falls on the case, the timer of its check afterwards."""
        sampling = self.exchange.spec.after_check
        if sampling and self.file["state"] == sampling.start and case_rules.drawn(self.exchange.spec, self.case_id, self.file):
            days = sampling.days[sampling.methods[self.file["risk"]]] if self.file["risk"] else max(sampling.days.values())
            self.file["timers"] = {AFTER_CHECK: end_of(case_clocks.calendar().add(local_day(self.now_ms), days).value)}

    def _settle(self) -> None:
        """What the bus has to do in the state that was reached; each round makes a move of its own."""
        spec, file = self.exchange.spec, self.file
        if spec.after_check and file["state"] == spec.after_check.start and AFTER_CHECK not in file["timers"]:
            self._follow("not_sampled")
        elif len(case_rules.answers(spec, file)) == len(file["holders"]):
            self._follow("answered")
        waiting = [each for each in self.file["checks"] if not each["used"]]
        if waiting:
            self.use(waiting[0])

    def _follow(self, trigger: str) -> None:
        if move := case_rules.bus_move(self.exchange.spec, self.file["state"], trigger, self.file):
            self.by_bus(move)

    def use(self, check: Mapping[str, Any]) -> bool:
        """Move by what a check came to; False where the state awaits none."""
        move = case_rules.bus_move(self.exchange.spec, self.file["state"], check["outcome"])
        if move is None:
            return False
        self.file["checks"] = [
            {**each, "used": True} if each["request_id"] == check["request_id"] else each for each in self.file["checks"]
        ]
        self.by_bus(move, check["request_id"])
        return True

    def _lateness(self, clock: CaseClock, found: Standing, due_ms: int) -> Lateness:
        return Lateness(
            CLOCKS[clock["clock"]], self.exchange.meta.id, clock["owner"], self.file["department"], due_ms, found.calendar,
            found.provisional, self.case_id,
        )  # fmt: skip

    def _alarm(self, number: int, clock: CaseClock, found: Standing) -> None:
        due_ms = found.late_from or self.now_ms
        self.file["clocks"][number] = {**clock, "told": due_ms}
        self.outputs += self.duties.over(self._lateness(clock, found, due_ms), self.now_ms)
        self.tell([self.file["department"], clock["owner"]], clock["clock"], "overdue")
        for move in self.exchange.spec.moves:
            if move.over == clock["clock"] and self.file["state"] in move.starts:
                self.by_bus(move)

    def _withdraw(self, number: int, clock: CaseClock, found: Standing) -> None:
        self.file["clocks"][number] = {**clock, "told": 0}
        self.outputs += self.duties.withdrawn(self._lateness(clock, found, clock["told"]), found.withdrawn_by, self.now_ms)
        self.tell([self.file["department"], clock["owner"]], clock["clock"], "withdrawn")
