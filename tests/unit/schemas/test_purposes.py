"""Records of a purpose on the wire: only its key opens them, and once it is destroyed nothing does; all others are as they were."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.loading import load_exchanges, standings
from govbus.errors import Poison, SetupError
from govbus.settings import Home, Kafka, Registry, Site
from schemas import purposes, release
from schemas.codec import Codec
from schemas.purposes import Keys
from tests.unit.purpose_keys import EPIDEMIC, KEYS
from topics.load import load

TOPIC, RECORD = "health.lab-result", "health.LabResult"
RECORDS = load().records
CODEC = Codec.load(RECORDS, keys=KEYS)
RESULT: dict[str, Any] = {
    "sample_id": "S1", "version": 1, "person_key": "ab" * 16, "sampled_at": 1, "result": "positive", "tube_id": "T1", "pool_size": 1,
    "division": "440883000000",
}  # fmt: skip
VALUE = CODEC.encode(RECORD, RESULT)
LEDGER = dict.fromkeys(("accepted", "delivered", "refused", "quarantined", "duplicate"), 1)
texts = st.text(max_size=30)


def codec(*numbers: int, first: int = 0) -> Codec:
    return Codec.load(RECORDS, keys=Keys({EPIDEMIC: {number: bytes(range(first, first + 32)) for number in numbers}}))


@given(texts, texts, st.integers(-(2**62), 2**62), st.sampled_from(["negative", "positive", "inconclusive", "invalid"]))
def test_round_trip_and_the_same_record_twice_is_the_same_bytes(sample: str, tube: str, at: int, result: str) -> None:
    data = {**RESULT, "sample_id": sample, "tube_id": tube, "sampled_at": at, "result": result}
    value = CODEC.encode(RECORD, data)
    assert CODEC.decode(TOPIC, value, "here") == (RECORD, data)
    assert value == codec(1).encode(RECORD, data)


def test_a_value_shows_its_schema_and_its_keys_number_and_nothing_of_the_record() -> None:
    assert VALUE[:6] == b"E" + release.load().latest()[RECORD].id.to_bytes(4, "big") + b"\1"
    for part in (b"positive", b"ab" * 16, b"S1", b"440883000000"):
        assert part not in VALUE


@given(st.integers(0, len(VALUE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, change: int) -> None:
    raw = bytearray(VALUE)
    raw[at] ^= change
    with pytest.raises(Poison) as told:
        CODEC.decode(TOPIC, bytes(raw), "here")
    assert told.value.reason in ("UNDECODABLE", "UNKNOWN_SCHEMA", "WRONG_SCHEMA", "NOT_ENCRYPTED")


@given(st.binary(max_size=100))
def test_whatever_follows_the_head_is_a_record_or_a_poison(body: bytes) -> None:
    with pytest.raises(Poison, match="UNDECODABLE"):
        CODEC.read(RECORD, VALUE[:5] + body)


def test_the_schema_of_another_record_under_the_same_key_does_not_open_it() -> None:
    other = release.load().latest()["health.Vaccination"].id.to_bytes(4, "big")
    with pytest.raises(Poison, match="does not open under key 1 of purpose epidemic"):
        CODEC.read("health.Vaccination", b"E" + other + VALUE[5:])


def test_another_key_does_not_open_it_and_the_number_of_a_missing_one_is_told() -> None:
    with pytest.raises(Poison, match="UNDECODABLE: it does not open under key 1"):
        codec(1, first=7).decode(TOPIC, VALUE, "here")
    with pytest.raises(Poison, match="UNDECODABLE: key 1 of purpose epidemic is not here"):
        codec(2).decode(TOPIC, VALUE, "here")


def test_a_renewed_key_writes_and_the_old_one_still_reads() -> None:
    both = codec(1, 2)
    assert both.decode(TOPIC, VALUE) == (RECORD, RESULT)
    assert both.encode(RECORD, RESULT)[5] == 2
    assert both.decode(TOPIC, both.encode(RECORD, RESULT)) == (RECORD, RESULT)


def test_in_plain_it_is_refused_and_what_has_no_purpose_is_not_taken_encrypted() -> None:
    plain = Codec({entry.id: release.text(entry) for entry in release.load().entries}, {RECORD: int.from_bytes(VALUE[1:5], "big")} | {
        name: entry.id for name, entry in release.load().latest().items()}, RECORDS).encode(RECORD, RESULT)  # fmt: skip
    assert plain[0] == 0
    with pytest.raises(Poison, match="NOT_ENCRYPTED"):
        CODEC.decode(TOPIC, plain, "here")
    ledger = CODEC.encode("gov_data.Ledger", LEDGER)
    with pytest.raises(Poison, match=r"UNDECODABLE: schema id .* is encrypted, and of no purpose"):
        CODEC.read("gov_data.Ledger", b"E" + ledger[1:])


def test_without_the_key_the_secret_and_the_fix_are_named_and_other_records_go_on() -> None:
    none = Codec.load(RECORDS)
    for call in (lambda: none.encode(RECORD, RESULT), lambda: none.decode(TOPIC, VALUE)):
        with pytest.raises(SetupError, match=r"secret purpose\.epidemic/1 .* copy it from a machine that has it"):
            call()
    with pytest.raises(SetupError, match="epidemic"):
        none.keys.require([RECORD])
    none.keys.require(["gov_data.ProofRequest"])
    ledger = none.encode("gov_data.Ledger", LEDGER)
    assert ledger == CODEC.encode("gov_data.Ledger", LEDGER)
    assert none.read("gov_data.Ledger", ledger) == LEDGER


def home(folder: Path, *keys: str) -> Home:
    site = Site(kafka=Kafka(bootstrap="none:1", ca=folder / "ca"), registry=Registry(url="https://none"))
    (folder / "site.yaml").write_text(yaml.safe_dump(site.model_dump(mode="json")))
    own = purposes.key_folder(folder, EPIDEMIC)
    own.mkdir(parents=True)
    for number, text in enumerate(keys, 1):
        (own / str(number)).touch(0o600)
        (own / str(number)).write_text(text)
    return Home(folder)


def test_a_running_program_lets_go_of_the_key_once_the_purpose_has_ended(tmp_path: Path) -> None:
    opened = home(tmp_path, bytes(range(32)).hex())
    running = Codec.load(RECORDS, keys=purposes.keys_of(opened))
    running.keys.refresh()
    assert running.decode(TOPIC, VALUE) == (RECORD, RESULT)
    over = purposes.ended(tmp_path, EPIDEMIC)
    over.parent.mkdir()
    over.touch()
    running.keys.refresh()
    for each in (running, Codec.load(RECORDS, keys=purposes.keys_of(opened))):
        for call in (lambda: each.encode(RECORD, RESULT), lambda: each.decode(TOPIC, VALUE)):  # noqa: B023
            with pytest.raises(Poison, match="PURPOSE_OVER: purpose epidemic has ended, and its keys are destroyed"):
                call()
        each.keys.require([RECORD])
        assert each.read("gov_data.Ledger", each.encode("gov_data.Ledger", LEDGER)) == LEDGER


@pytest.mark.parametrize("text", ["", "5a" * 31, "zz" * 32])
def test_what_is_no_key_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(SetupError, match=r"purpose\.epidemic/1 is no key: 64 hexadecimal digits"):
        purposes.keys_of(home(tmp_path, text))


def test_a_key_that_others_can_read_or_that_has_no_number_is_told(tmp_path: Path) -> None:
    opened = home(tmp_path, "5a" * 32)
    key = purposes.key_folder(tmp_path, EPIDEMIC) / "1"
    key.chmod(0o640)
    with pytest.raises(SetupError, match="readable by others"):
        purposes.keys_of(opened)
    key.rename(key.with_name("1.old"))
    with pytest.raises(SetupError, match=r"1\.old.*is its number"):
        purposes.keys_of(opened)


def test_a_record_is_for_one_purpose(tmp_path: Path) -> None:
    one = {"title": {"zh": "甲", "en": "a"}, "law": "x", "records": ["a.R"]}
    (tmp_path / "purposes.yaml").write_text(yaml.safe_dump({"one": one, "two": one}))
    with pytest.raises(SetupError, match=r"a\.R stands there twice"):
        purposes.declared(tmp_path)
    assert purposes.declared(tmp_path / "none") == {}


def test_everything_that_the_health_code_reads_writes_and_keeps_is_for_the_epidemic() -> None:
    """And nothing else is: a second exchange of this shape needs record types of its own before it can have a purpose of its own."""
    exchanges = load_exchanges()
    assert list(standings(exchanges)) == ["health-code"]
    health = standings(exchanges)["health-code"]
    topics = {each.topic for each in health.spec.inputs.values()} | set(health.outputs)
    assert health.spec.round
    topics |= {health.spec.round.topic, health.spec.round.interest, *health.spec.round.readers}
    states = {"gov_data.StandingState", "gov_data.EncounterState", "gov_data.RoundState"}
    assert {RECORDS[topic] for topic in topics} | states == set(purposes.declared()[EPIDEMIC].records)
    assert {topic for topic, record in RECORDS.items() if record in purposes.by_record()} == topics
