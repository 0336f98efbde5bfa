"""What the verifier takes for honest, and what it does not: holes, age, compaction, chains."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import leaf
from audit.pending import Pending, Watched
from audit.seal import Seal, read, read_line, sign
from audit.signing import ALGORITHMS, DEFAULT, signer
from audit.verify import Log, Told, checked, judge
from tests.unit.audit import sealed
from tests.unit.audit.sealed import BORN_MS, DAY_MS, KEYS, PLACE, SIGNER, Sealed, record, verdict

COMPACTED = Watched("bus.verify.ledger", 0, -1, True)
PLAIN = Watched("housing.request", 0, 1096 * DAY_MS, False)


@given(st.sets(st.integers(0, 120), min_size=1), st.integers(1, 30), st.integers(0, 130))
def test_an_honest_log_raises_no_alarm_whatever_is_missing_in_it(offsets: set[int], every: int, start: int) -> None:
    """Holes anywhere, seals of any size, and a head that has left by age."""
    records = [record(offset) for offset in sorted(offsets)]
    whole = sealed.seal_all(records, every)
    later = [one for one in sealed.packed(records) if leaf.place(one)[0] >= start]
    out = sealed.told(whole, later, start, BORN_MS + 2000 * DAY_MS)
    assert verdict(out) is None
    assert out.verified + out.by_age == len(records)
    assert sum(out.gaps.values()) == max(offsets) + 1 - len(offsets)


@given(st.sets(st.integers(0, 60), min_size=2), st.integers(1, 9), st.data())
def test_any_record_missing_from_any_log_is_named(offsets: set[int], every: int, data: st.DataObject) -> None:
    records = [record(offset) for offset in sorted(offsets)]
    gone = data.draw(st.sampled_from(sorted(offsets)))
    out = sealed.told(sealed.seal_all(records, every), [one for one in sealed.packed(records) if leaf.place(one)[0] != gone])
    assert verdict(out) in (("missing", gone), ("cut", gone))


def test_a_record_that_appears_in_a_hole_was_inserted() -> None:
    records = [record(offset) for offset in (0, 1, 4, 5)]
    out = sealed.told(sealed.seal_all(records, 10), sealed.packed([*records[:2], record(3), *records[2:]]))
    assert verdict(out) == ("inserted", 3)


def test_a_hole_where_only_plain_producers_write_is_an_alarm() -> None:
    records = [record(offset) for offset in (0, 1, 3)]
    out = sealed.told(sealed.seal_all(records, 10, PLAIN), sealed.packed(records))
    assert verdict(out) == ("gap", 2)


def test_a_head_that_left_too_soon_is_an_alarm_and_one_that_left_in_time_is_none() -> None:
    records = [record(offset) for offset in range(40)]
    whole, rest = sealed.seal_all(records, 10), sealed.packed(records[15:])
    assert verdict(sealed.told(whole, rest, 15, BORN_MS + 1095 * DAY_MS)) == ("early", 0)
    assert verdict(sealed.told(whole, rest, 15, BORN_MS + 1097 * DAY_MS)) is None


def test_a_sealer_that_comes_too_late_says_so() -> None:
    pending = Pending(PLAIN, None, DEFAULT)
    pending.lost(5, BORN_MS)
    pending.take([record(offset) for offset in range(5, 8)])
    first = pending.seal(SIGNER, "2026-11-29T00:00:00.000Z")
    assert first.statement.gaps == {"retention": [(0, 4)]}, "before there was a seal"
    pending.sealed(first)
    pending.lost(10, BORN_MS + DAY_MS)
    pending.take([record(10)])
    second = pending.seal(SIGNER, "2026-11-29T00:00:00.000Z")
    assert second.statement.gaps == {"deleted": [(8, 9)]}, "three years were not over"
    pending.sealed(second)
    pending.lost(12, BORN_MS + 1100 * DAY_MS)
    pending.take([record(12)])
    assert pending.seal(SIGNER, "2026-11-29T00:00:00.000Z").statement.gaps == {"retention": [(11, 11)]}


# ---- compaction


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40), st.integers(1, 9), st.data())
def test_compaction_may_take_what_a_newer_record_of_its_key_replaces(log: list[tuple[int, bool]], every: int, data: st.DataObject) -> None:
    """Against the rule itself: any subset may be gone that leaves the newest of each key, or its tombstone gone too."""
    records = [record(offset, key=b"k%d" % key, value=b"v%d" % offset if full else None) for offset, (key, full) in enumerate(log)]
    newest = {key: offset for offset, (key, _) in enumerate(log)}
    whole = sealed.seal_all(records[: len(records) - len(records) % every], every, COMPACTED) if len(records) >= every else None
    if whole is None:
        return
    gone = data.draw(st.sets(st.sampled_from(range(len(log)))))
    out = sealed.told(whole, sealed.packed(one for one in records if one[0] not in gone))
    count = whole.seals[-1].statement.before + whole.seals[-1].statement.records
    lost = {}
    for key in newest:
        mine = [offset for offset, (one, _) in enumerate(log) if one == key and (offset < count or offset not in gone)]
        if mine and mine[-1] in gone and log[mine[-1]][1]:
            lost[key] = mine[-1]
    assert sorted(one.offset for one in out.findings) == sorted(lost.values())


def test_key_digests_that_were_exchanged_are_found() -> None:
    records = [record(offset, key=b"k%d" % (offset % 2)) for offset in range(10)]
    whole = sealed.seal_all(records, 5, COMPACTED)
    whole.kept.all_keys[3] = whole.kept.all_keys[2]
    assert verdict(sealed.told(whole, sealed.packed(records[6:]))) == ("leaves", -1)


# ---- chains

RECORDS = [record(offset) for offset in range(60)]
WHOLE = sealed.seal_all(RECORDS, 10)
OTHER_PRIVATE = ALGORITHMS[DEFAULT].generate()
OTHER = signer(OTHER_PRIVATE)


def resealed(seal: Seal, by: object = SIGNER, **changes: object) -> Seal:
    return sign(by, seal.statement._replace(**changes))  # type: ignore[arg-type]


CHAINS: dict[str, tuple[Callable[[list[Seal]], list[Seal]], str]] = {
    "one taken out": (lambda seals: [*seals[:2], *seals[3:]], "broken"),
    "one twice": (lambda seals: [*seals[:3], *seals[2:]], "broken"),
    "two swapped": (lambda seals: [*seals[:2], seals[3], seals[2], *seals[4:]], "broken"),
    "signed by a stranger": (lambda seals: [*seals[:2], resealed(seals[2], OTHER, key=OTHER.key_id), *seals[3:]], "forged"),
    "signed by a stranger in our name": (lambda seals: [*seals[:2], resealed(seals[2], OTHER), *seals[3:]], "forged"),
    "a signature that was changed": (lambda seals: [*seals[:2], seals[2]._replace(signature=bytes(64)), *seals[3:]], "forged"),
    "a text that was changed": (
        lambda seals: [*seals[:2], seals[2]._replace(text=seals[2].text.replace("20", "21", 1)), *seals[3:]],
        "forged",
    ),
    "one of our own signed again": (lambda seals: [*seals[:2], resealed(seals[2], at="2027"), *seals[3:]], "broken"),
    "another one before it": (lambda seals: [*seals[:2], resealed(seals[2], previous="00" * 32), *seals[3:]], "broken"),
    "another history": (lambda seals: [*seals[:2], resealed(seals[2], history=["00" * 32]), *seals[3:]], "broken"),
    "other counts": (lambda seals: [*seals[:2], resealed(seals[2], before=19), *seals[3:]], "broken"),
    "of another partition": (lambda seals: [*seals[:2], resealed(seals[2], partition=1), *seals[3:]], "broken"),
    "overlapping": (lambda seals: [*seals[:2], resealed(seals[2], first=19), *seals[3:]], "broken"),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_that_was_touched(name: str) -> None:
    breaking, kind = CHAINS[name]
    out = sealed.told(Sealed(breaking(WHOLE.seals), WHOLE.kept), sealed.packed(RECORDS))
    assert out.findings[0].kind == kind
    assert out.findings[0].seal in (2, 3)


def test_leaf_hashes_that_were_changed_are_not_believed() -> None:
    kept = sealed.Kept()
    kept.all_leaves = [*WHOLE.kept.all_leaves]
    kept.all_leaves[25] = bytes(32)
    broken = sealed.packed(RECORDS)
    broken[27] = leaf.pack(*record(27, value=b"forged"))
    out = sealed.told(WHOLE, broken, kept=kept)
    assert [(one.kind, one.seal) for one in out.findings] == [("leaves", 2), ("changed", 2)]
    assert verdict(sealed.told(WHOLE, sealed.packed(RECORDS), kept=kept)) is None, "the records themselves are what was sealed"


def test_an_auditor_goes_on_from_his_last_seal_and_notices_when_it_is_gone() -> None:
    def judged(seals: list[Seal], anchor: str, there: list[bytes]) -> Told:
        out = Told(*PLACE[:2])
        judge(
            checked(seals, KEYS, out, anchor), Log(lambda first: [one for one in there if leaf.place(one)[0] >= first]), WHOLE.kept, 0, out
        )
        return out

    log, anchor = sealed.packed(RECORDS), WHOLE.seals[3].digest
    out = judged(WHOLE.seals, anchor, log)
    assert (verdict(out), out.seals, out.verified) == (None, 2, 20)
    assert judged(WHOLE.seals[:4], anchor, log[:40]).head == WHOLE.seals[3], "nothing new: the head stays"
    assert verdict(judged(WHOLE.seals[:3], anchor, log[:30])) == ("broken", -1), "both the log and the chain were cut behind it"
    assert verdict(judged(WHOLE.seals, anchor, [*log[:40], log[41]])) == ("missing", 40)


def test_a_line_is_read_back_and_nothing_else_is() -> None:
    for seal in WHOLE.seals:
        assert read_line(seal.line) == seal
        with pytest.raises(ValueError, match="no canonical statement"):
            read(seal.text.replace(":", ": ", 1), seal.signature)
        with pytest.raises(ValueError, match="no canonical statement"):
            read(seal.text.replace("govbus-seal-1", "govbus-seal-9"), seal.signature)


# ---- leaves

HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=4)
RECORD = st.tuples(
    st.integers(0, 2**62), st.integers(0, 2**50), st.none() | st.binary(max_size=6), st.none() | st.binary(max_size=6), HEADERS
)


@given(RECORD)
def test_a_packed_record_is_read_back(one: tuple) -> None:
    assert leaf.unpack(leaf.pack(*one)) == leaf.Leaf(*one)
    assert leaf.place(leaf.pack(*one)) == one[:2]


@settings(max_examples=200)
@given(RECORD, RECORD)
def test_two_records_never_have_the_same_bytes(one: tuple, other: tuple) -> None:
    assert (leaf.pack(*one) == leaf.pack(*other)) == (one == other)


@given(st.binary(max_size=80))
def test_other_bytes_are_refused(raw: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert leaf.pack(*leaf.unpack(raw)) == raw


def test_the_bytes_of_a_leaf_are_those_that_the_page_shows() -> None:
    shown = "00 0000000000000007 0000018bcfe56800 00000001 00000002 00000001 00000005 00000002 6b 7631 63655f6964 3166"
    assert leaf.pack(7, 1_700_000_000_000, b"k", b"v1", [("ce_id", b"1f")]).hex() == shown.replace(" ", "")
