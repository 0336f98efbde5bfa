"""The sealer: when it seals, that it goes on where it ended whatever ended it, and that there is never a second history."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from audit import chain as chains
from audit.chain import Chain
from audit.pending import Raw
from audit.seal import Seal
from audit.sealer import Cadence, Sealer
from audit.signing import ALGORITHMS, DEFAULT, signer
from govbus.errors import SetupError
from govbus.ports import NullObserver
from tests.unit.audit import sealed
from tests.unit.audit.sealed import KEYS, PLACE, SIGNER, Sealed, record, verdict
from topics.broker.bulk import Place, Polled

TOPIC: Place = PLACE[:2]
AT_ONCE = Cadence(10, 0.0)
COUNTED = Cadence(10, 3600.0)


class Log:
    """A partition in memory, read as librdkafka reads it."""

    def __init__(self, records: list[Raw], low: int = 0, at_once: int = 7) -> None:
        self.records, self.low, self.at, self.at_once = records, low, -1, at_once

    def spans(self, places: Mapping[Place, object]) -> dict[Place, tuple[int, int]]:
        end = self.records[-1][0] + 1 if self.records else 0
        return dict.fromkeys(places, (self.low, end))

    def open(self, starts: Mapping[Place, int]) -> None:
        self.at = starts[TOPIC]

    def shut(self, place: Place) -> None:
        self.at = -1

    def high(self, place: Place) -> int:
        return self.spans({place: None})[place][1]

    def poll(self, most: int = 0, timeout_s: float = 0) -> Polled:
        polled = Polled({}, {}, [])
        if 0 <= self.at < self.low:
            polled.outside.append(TOPIC)
        elif self.at >= 0:
            some = [one for one in self.records if one[0] >= max(self.at, self.low)][: self.at_once]
            if some:
                polled.records[TOPIC], self.at = some, some[-1][0] + 1
            else:
                polled.ends[TOPIC] = self.at
        return polled


class Died(BaseException):
    """As by kill -9: nothing of the process goes on."""


class Watching(NullObserver):
    """Remembers the last standing."""

    def __init__(self) -> None:
        self.records, self.by_topic = -1, defaultdict[str, int](int)

    def sealed(self, topic: str, records: int) -> None:
        self.by_topic[topic] += records

    def unsealed(self, records: int, seconds: float) -> None:
        self.records = records


def run(folder: Path, log: Log, cadence: Cadence = AT_ONCE, rounds: int = 8, told: list[Seal] | None = None) -> Watching:
    watching = Watching()
    sealer = Sealer(folder, SIGNER, log, (told if told is not None else []).extend, watching, cadence)
    try:
        sealer.watch([PLACE], {})
        for _ in range(rounds):
            sealer.round()
    finally:
        sealer.close()
    return watching


def judged(folder: Path, records: list[Raw]) -> tuple[object, int, int]:
    one = Chain(folder, *TOPIC)
    out = sealed.told(Sealed(list(one.seals()), one), sealed.packed(records))  # type: ignore[arg-type]
    return verdict(out), out.verified, out.unsealed


def test_it_seals_after_so_many_records_and_not_before(tmp_path: Path) -> None:
    records, told = [record(offset) for offset in range(23)], list[Seal]()
    watching = run(tmp_path, Log(records), COUNTED, told=told)
    assert [one.statement.records for one in told] == [14], "seven at a time: 7, 14 is due"
    assert watching.records == 9
    assert watching.by_topic == {"housing.verdict": 14}
    assert judged(tmp_path, records) == (None, 14, 9)


def test_it_seals_what_has_waited_long_enough_and_goes_on_with_the_next_process(tmp_path: Path) -> None:
    records = [record(offset) for offset in range(30) if offset % 5]
    run(tmp_path, Log(records[:10]))
    run(tmp_path, Log(records))
    assert judged(tmp_path, records) == (None, len(records), 0)


@pytest.mark.parametrize("after", ["leaves", "half a line", "line", "publishing"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_whatever_ends_it_no_number_is_signed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str, nth: int) -> None:
    records, left = [record(offset) for offset in range(40)], [nth]
    seen = list[Seal]()

    def dying(line: str) -> bool:
        if line == after:
            left[0] -= 1
        return left[0] == 0 and line == after

    whole = Chain.append

    def append(self: Chain, seal: Seal, leaves: list[bytes], keys: list[bytes]) -> None:
        if dying("leaves"):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._put("leaves", chains.LEAF_WIDTH, seal.statement.before, [bytes(32) for _ in leaves])
            raise Died
        if dying("half a line"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / chains.SEALS).open("a") as file:
                file.write(seal.line[: len(seal.line) // 2])
            raise Died
        whole(self, seal, leaves, keys)
        if dying("line"):
            raise Died

    class Out(list[Seal]):
        def extend(self, made: list[Seal]) -> None:  # type: ignore[override]
            if dying("publishing"):
                raise Died
            seen.extend(made)

    monkeypatch.setattr(Chain, "append", append)
    for _ in range(3):
        try:
            run(tmp_path, Log(records), told=Out())
        except Died:
            continue
    assert judged(tmp_path, records) == (None, 40, 0)
    digests = defaultdict[int, set[str]](set)
    for one in [*seen, *Chain(tmp_path, *TOPIC).seals()]:
        digests[one.statement.number].add(one.digest)
    assert all(len(some) == 1 for some in digests.values()), "one number, one statement, wherever it was seen"


def test_two_sealers_never_write_to_one_folder(tmp_path: Path) -> None:
    first = Sealer(tmp_path, SIGNER, Log([]), print, NullObserver())
    with pytest.raises(SetupError, match="another sealer writes to"):
        Sealer(tmp_path, SIGNER, Log([]), print, NullObserver())
    first.close()


def test_it_does_not_go_on_from_a_seal_that_nobody_of_ours_signed(tmp_path: Path) -> None:
    run(tmp_path, Log([record(offset) for offset in range(9)]))
    path = Chain(tmp_path, *TOPIC).folder / chains.SEALS
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], "00" * 64 + lines[-1][128:]]))
    with pytest.raises(SetupError, match="ends with a seal that no key of ours signed"):
        run(tmp_path, Log([]))


def test_a_new_key_goes_on_with_the_old_chain(tmp_path: Path) -> None:
    run(tmp_path, Log([record(offset) for offset in range(9)]))
    private = ALGORITHMS[DEFAULT].generate()
    new = signer(private)
    sealer = Sealer(tmp_path, new, Log([record(offset) for offset in range(20)]), lambda _: None, NullObserver(), AT_ONCE)
    sealer.watch([PLACE], KEYS)
    for _ in range(5):
        sealer.round()
    sealer.close()
    assert {one.statement.key for one in Chain(tmp_path, *TOPIC).seals()} == {SIGNER.key_id, new.key_id}


def test_a_log_that_was_cut_behind_the_last_seal_is_not_sealed_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run(tmp_path, Log([record(offset) for offset in range(9)]))
    run(tmp_path, Log([record(offset) for offset in range(5)]))
    assert "ends at 5, but is sealed up to 9: records were cut off" in caplog.text
    assert judged(tmp_path, [record(offset) for offset in range(5)])[0] == ("cut", 5)


def test_records_that_leave_while_it_is_away_or_slow_are_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.sealer._now_ms", lambda: sealed.BORN_MS + sealed.DAY_MS)
    records = [record(offset) for offset in range(30)]
    log = Log(records[:9])
    sealer = Sealer(tmp_path, SIGNER, log, lambda _: None, NullObserver(), COUNTED)
    sealer.watch([PLACE], {})
    sealer.round()
    log.records, log.low = records, 15
    for _ in range(4):
        sealer.round()
    sealer.finish()
    sealer.close()
    one = Chain(tmp_path, *TOPIC)
    out = sealed.told(Sealed(list(one.seals()), one), sealed.packed([*records[:7], *records[15:]]))  # type: ignore[arg-type]
    assert verdict(out) == ("gap", 7), "0 to 6 were read; what stood from 7 to 14 nobody can say"
    assert out.gaps == {"deleted": 8}


def test_leaves_stand_in_files_of_a_fixed_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "BLOCK", 16)
    records = [record(offset) for offset in range(40)]
    run(tmp_path, Log(records))
    one = Chain(tmp_path, *TOPIC)
    assert len(list(one.folder.glob("leaves-*.bin"))) == 3
    assert one.leaves(0, 40) == sealed.seal_all(records, 40).kept.all_leaves
    (one.folder / "leaves-0000.bin").unlink()
    assert one.leaves(10, 10) is None, "half of them went with their file"
    assert one.leaves(16, 24) is not None
    assert judged(tmp_path, records) == (None, 40, 0), "an archived file of leaves may go"
