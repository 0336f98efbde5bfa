"""What can be wrong with an exchange of shape ``case``; all of it is told at once."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agents.case_words import BUS, CLOCKS, GIVEN, HOLDER, OUTCOMES

if TYPE_CHECKING:
    from agents.case_declaration import CaseSpec, Sampling


def faults(spec: "CaseSpec") -> tuple[str, ...]:
    """Every fault once, in words."""
    return tuple(dict.fromkeys((*_names(spec), *_lengths(spec), *_parts(spec), *_dead_ends(spec))))


def _names(spec: "CaseSpec") -> Iterator[str]:
    """Names that nobody declared, and names that are there twice."""
    names = [move.name for move in spec.moves]
    yield from (f"move {name} is there twice" for name in names if names.count(name) > 1)
    for move in spec.moves:
        for what, named, known in (
            ("state", (*move.starts, move.to), spec.states),
            ("move", (*move.not_same_as, *filter(None, [move.if_all])), names),
            ("field", move.needs, (*GIVEN, *spec.fields)),
        ):
            yield from (f"move {move.name}: no {what} {name} is declared" for name in named if name not in known)
    yield from (f"bars and lifts: no move {name} is declared" for name in (*spec.bars, *spec.lifts) if name not in names)


def _lengths(spec: "CaseSpec") -> Iterator[str]:
    """Clocks that are not in the table, or have no length or two."""
    used = {name for move in spec.moves for name in (move.clock, move.stops_clock, move.over) if name}
    for name in sorted(used | set(spec.terms)):
        if name not in CLOCKS or CLOCKS[name].times:
            yield f"clock {name} is not in govbus/clocks/declared.yaml, or counts times"
        elif (CLOCKS[name].term is None) != (name in spec.terms):
            yield f"clock {name}: terms gives a length to clocks that have none of their own, and to no others"


def _parts(spec: "CaseSpec") -> Iterator[str]:
    """Moves whose parts do not go together."""
    for move in spec.moves:
        if (move.by == BUS) != bool(move.when or move.over):
            yield f"move {move.name}: when and over belong to moves of the bus, and it has one of them"
        if move.by == BUS and (move.human or move.needs or move.not_same_as):
            yield f"move {move.name}: the bus is no human and brings nothing"
        if move.not_same_as and not move.human:
            yield f"move {move.name}: not_same_as belongs to human moves"
        if move.answer and move.by != HOLDER:
            yield f"move {move.name}: answer belongs to holders"
        if bool(move.if_all) and "answered" not in move.when:
            yield f"move {move.name}: if_all belongs to when answered"
    sampling = spec.after_check
    drawn = {trigger for move in spec.moves for trigger in move.when} & {"sampled", "not_sampled"}
    if len(drawn) != (2 if sampling else 0):
        yield "after_check goes with a move when sampled and one when not_sampled"
    if sampling and (wrong := _sampling_fault(spec, sampling)):
        yield wrong


def _sampling_fault(spec: "CaseSpec", sampling: "Sampling") -> str:
    levels = spec.fields["risk"].values if "risk" in spec.fields else ()
    if not levels or set(levels) != set(sampling.rates) or set(levels) != set(sampling.methods):
        return "after_check: rates and methods name each level of the field risk, a code"
    if missing := set(sampling.methods.values()) - set(sampling.days):
        return f"after_check: no days for {', '.join(sorted(missing))}"
    fair = all(0 <= rate <= 100 for rate in sampling.rates.values()) and all(days >= 1 for days in sampling.days.values())
    return "" if fair and sampling.start in spec.states else "after_check: a rate is 0 to 100 percent, days are 1 or more, from is a state"


def _dead_ends(spec: "CaseSpec") -> Iterator[str]:
    """States where a case could be forgotten by everybody, and exclusions that would never end or end by themselves."""
    for name, state in spec.states.items():
        ways = [move for move in spec.moves if move.to == name]
        if not ways:
            yield f"state {name}: no move leads there"
        if not state.final and not state.waits and not all(move.clock or name in move.starts for move in ways):
            yield f"state {name} is neither final nor has it waits, and a move into it starts no clock"
        if not state.final and not any(name in move.starts for move in spec.moves):
            yield f"state {name} is not final and no move leads away"
        handled = {trigger for move in spec.moves if name in move.starts for trigger in move.when}
        if "match" in handled and (missing := set(OUTCOMES) - handled):
            yield f"state {name} awaits a check and says nothing of {', '.join(sorted(missing))}"
    if not any(not move.starts for move in spec.moves):
        yield "no move opens a case"
    yield from (f"from {bar} an end is reached without lifts" for bar in spec.bars if bar in spec.by_name and _ends(spec, bar))


def _ends(spec: "CaseSpec", bar: str) -> bool:
    seen, todo = set[str](), [spec.by_name[bar].to]
    while todo:
        state = todo.pop()
        if state not in seen and state in spec.states:
            seen.add(state)
            todo += [move.to for move in spec.moves if state in move.starts and move.name not in spec.lifts]
    return any(spec.states[state].final for state in seen)
