"""One trial: a bed, its world at work, faults one after the other, rest, and the checker's word."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from random import Random

from govbus.errors import RetryLater
from govbus.pseudonym import SubjectKeys
from tests.faults.bed import Bed, until
from tests.faults.check import Violation, check
from tests.faults.crew import Crew
from tests.faults.crowd import Crowd
from tests.faults.evidence import Witness
from tests.faults.history import History
from tests.faults.senders import Askers, Holder, Post, Thread

HOLDERS = ("civil-affairs", "public-security")
REST_S = 120.0


@dataclass(frozen=True)
class Outcome:
    """One line of the table. ``rest_s``: from the last fault until everything was worked off."""

    name: str
    runs: int
    records: int
    effects: int
    lost: int
    double: int
    order: int
    other: int
    seconds: float
    rest_s: float

    @property
    def clean(self) -> bool:
        """No violation."""
        return not (self.lost or self.double or self.order or self.other)


class Trial:
    """Several stages on one bed; each stage is judged over the whole history, and only what is new is its own."""

    def __init__(self, bed: Bed, seed: int, rate: float) -> None:
        """:param rate: requests a second while a stage runs"""
        self.bed, self.rate, self.chance = bed, rate, Random(seed)  # noqa: S311  # repeatable moments
        self.history = History(bed.folder / "history.jsonl")
        self.crew, self.witness = Crew(bed, self.history), Witness(bed.home)
        secret = bed.home.secret("subject-key").get_secret_value()
        self.crowd = Crowd(self.witness.codec, SubjectKeys(secret), seed)
        self.post = Post(bed.home, self.history)
        self._known: set[Violation] = set()
        self._records = self._effects = 0

    @contextmanager
    def world(self, workers: Mapping[str, str], failpoints: Mapping[str, str] | None = None) -> Iterator[None]:
        """Holders at their desks, workers at work; the feed has landed before the first request.

        :param workers: mutant by slot; "" is the product's own command
        :param failpoints: by slot, where its first process dies
        """
        with ExitStack() as open_things:
            open_things.callback(self.history.close)
            for one in (self.crew, self.post, self.witness):
                open_things.callback(one.close)
            for slot, mutant in workers.items():
                self.crew.start(slot, mutant, (failpoints or {}).get(slot, ""))
            for name in HOLDERS:
                post = Post(self.bed.home, self.history)
                holder = Holder(self.bed.home, self.witness.codec, post, name)
                open_things.callback(holder.close)
                open_things.callback(post.close)
                open_things.enter_context(Thread(holder))
            self.post.send(self.crowd.landed())
            self.rest()
            yield

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Requests come all the while."""
        post = Post(self.bed.home, self.history)
        try:
            with Thread(Askers(post, self.crowd, self.rate)):
                yield
        finally:
            post.close()

    def rest(self, seconds: float = REST_S) -> None:
        """Wait until all is worked off; workers that leave are started again."""
        until("everything is worked off", self.at_rest, seconds, 0.2)

    def at_rest(self) -> bool:
        """One look, after one round of the supervisor."""
        self.crew.tend()
        try:
            return self.history.quiet and self.witness.at_rest() and self.history.quiet
        except RetryLater:  # the broker is away
            return False

    def stage(self, name: str, runs: int, strike: Callable[[], None], ask: bool = True) -> tuple[Outcome, list[Violation]]:
        """Let ``strike`` do its worst while requests come, come to rest, and judge.

        :param ask: False where ``strike`` sends its own requests
        """
        begun = time.monotonic()
        stuck = []
        with self.asking() if ask else ExitStack():
            stuck += _in_time(strike)
        quiet = time.monotonic()
        stuck += _in_time(self.rest)
        rest_s = time.monotonic() - quiet
        facts = self.witness.facts(self.history)
        found = [*stuck, *(one for one in check(facts) if one not in self._known)]
        self._known |= set(found)
        kinds = Counter(one.kind for one in found)
        other = sum(kinds.values()) - kinds["lost"] - kinds["double"] - kinds["order"]
        records, effects = len(facts.inputs) - self._records, len(facts.found) - self._effects
        self._records, self._effects = len(facts.inputs), len(facts.found)
        outcome = Outcome(
            name, runs, records, effects, kinds["lost"], kinds["double"], kinds["order"], other,
            round(time.monotonic() - begun, 1), round(rest_s, 1),
        )  # fmt: skip
        self.history.fault("judged", name, **{key: value for key, value in asdict(outcome).items() if key != "name"})
        return outcome, found


def _in_time(act: Callable[[], None]) -> list[Violation]:
    """What does not go on is a fault as well."""
    try:
        act()
    except TimeoutError as error:
        return [Violation("stuck", str(error))]
    return []


def told(found: list[Violation], most: int = 12) -> str:
    """Violations for people: how many of each kind, and the first of them."""
    kinds = json.dumps(Counter(one.kind for one in found))
    return "\n".join([kinds, *(f"  {one.kind}: {one.what}" for one in found[:most])])
