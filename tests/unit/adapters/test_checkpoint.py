"""What checkpoints see: the store keeps one line a person, the door answers from it and tells no more than it must."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from adapters.checkpoint.door import CodeDoorDoor
from adapters.checkpoint.store import Reader, Seen, Writer, path
from adapters.declaration import CodeDoor, SqlSource, load_adapters
from govbus.errors import RetryLater
from govbus.ports import NullObserver
from govbus.pseudonym import SubjectKeys
from govbus.settings import Door, Home, Kafka, Registry, Site
from local.secrets_certs import ensure_certs, write_private
from local.site_plan import free_ports

ONE, TWO = "449999199003070015", "449999198506152229"
SECRET, KEY = "5a" * 32, "6b" * 32
PERSON = bytes.fromhex(SubjectKeys(KEY).key("111", ONE).decode())
HOUR = 3_600_000
DOOR = "service-center.checkpoint"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Writer]:
    writer = Writer(tmp_path / "codes.sqlite")
    yield writer
    writer.close()


def test_the_newer_of_both_badges_counts_and_a_later_positive_hides_it(tmp_path: Path, store: Writer) -> None:
    reader = Reader(tmp_path / "codes.sqlite")
    assert reader.look(PERSON) is None
    store.write([], [(PERSON, 50)], {}, 1)
    assert reader.look(PERSON) == Seen("", None, 50)
    store.write([(PERSON, "green", 10, 1, 40, True)], [], {}, 1)
    assert reader.look(PERSON) == Seen("green", 10, 50)
    store.write([(PERSON, "red", 60, 2, 55, False)], [], {}, 1)
    assert reader.look(PERSON) == Seen("red", 60, None)
    store.write([], [(PERSON, None)], {}, 1)
    assert reader.look(PERSON) == Seen("red", 60, None)


def test_an_older_change_that_comes_again_changes_nothing(tmp_path: Path, store: Writer) -> None:
    store.write([(PERSON, "red", 20, 2, None, False)], [], {("t", 0): 7}, 1)
    store.write([(PERSON, "green", 10, 1, None, False)], [], {}, 1)
    assert Reader(tmp_path / "codes.sqlite").look(PERSON) == Seen("red", 20, None)
    again = Writer(tmp_path / "codes.sqlite")
    assert (again.positions, again.name) == ({("t", 0): 7}, store.name)
    again.close()


def test_rows_and_positions_are_one_transaction(tmp_path: Path, store: Writer) -> None:
    with pytest.raises(Exception, match=r"not supported|bind"):
        store.write([(PERSON, "red", 20, 2, None, False)], [(object(), 1)], {("t", 0): 7}, 1)  # type: ignore[list-item]
    assert Reader(tmp_path / "codes.sqlite").look(PERSON) is None
    assert store.positions == {}


def test_nobody_else_can_read_the_store(tmp_path: Path, store: Writer) -> None:
    store.write([], [(PERSON, 1)], {}, 1)
    assert {each.stat().st_mode & 0o077 for each in tmp_path.glob("codes.sqlite*")} == {0}


def test_a_door_without_a_store_waits_for_it(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="code_sink"):
        Reader(tmp_path / "none.sqlite")


class Asked:
    def __init__(self, folder: Path) -> None:
        ensure_certs(folder / "certs")
        self.port = free_ports().of("door")
        (folder / "secrets").mkdir(mode=0o700)
        for name, text in ((f"door.{DOOR}", SECRET), ("subject-key", KEY)):
            write_private(folder / "secrets" / name, text)
        served = Door(port=self.port, certificate=folder / "certs" / "server.crt", key=folder / "certs" / "server.key")
        site = Site(
            kafka=Kafka(bootstrap="127.0.0.1:1", ca=folder / "certs" / "ca.pem"),
            registry=Registry(url="https://none"),
            doors={DOOR: served},
        )
        (folder / "site.yaml").write_text(yaml.safe_dump(site.model_dump(mode="json")))
        home, adapter = Home(folder), load_adapters()[DOOR]
        assert isinstance(adapter.spec, CodeDoor)
        self.store = Writer(path(home, adapter.spec.store))
        self.door = CodeDoorDoor(home, adapter, adapter.spec, NullObserver())
        self.client = httpx.Client(
            verify=str(folder / "certs" / "ca.pem"),
            base_url=f"https://127.0.0.1:{self.port}/v1/",
            headers={"Authorization": f"Bearer {SECRET}"},
        )

    def code(self, **question: Any) -> dict[str, Any]:
        response = self.client.post("code", json=question)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    made = Asked(tmp_path)
    yield made
    made.client.close()
    made.door.close()
    made.store.close()


def test_a_checkpoint_is_told_colour_time_and_badge(asked: Asked) -> None:
    now = int(time.time() * 1000)
    asked.store.write([(PERSON, "yellow", 1_000, 1, None, False)], [(PERSON, now - 30 * HOUR)], {}, now)
    told = asked.code(id_no=ONE)
    assert (told["code"], told["as_of"], told["nucleic"]["hours"], told["stale"]) == ("yellow", "1970-01-01T00:00:01.000Z", 48, False)
    assert set(told) == {"code", "as_of", "nucleic", "stale"}
    asked.store.write([], [(PERSON, now - 73 * HOUR)], {}, now - 61_000)
    assert asked.code(id_type="111", id_no=ONE)["nucleic"] is None
    assert asked.code(id_no=ONE)["stale"] is True
    assert asked.door.round() == 0


def test_whom_nobody_knows_has_no_colour_and_never_a_green_one(asked: Asked) -> None:
    assert asked.code(id_no=TWO)["code"] == "none"
    asked.store.write([], [(PERSON, int(time.time() * 1000))], {}, 1)
    assert asked.code(id_no=ONE)["code"] == "none"


def test_another_platform_is_told_its_own_value_which_means_the_same_when_it_comes_back(asked: Asked) -> None:
    home = load_adapters()["health.foreign-codes"].spec
    assert isinstance(home, SqlSource)
    for revision, level in enumerate(("green", "yellow", "red"), 1):
        asked.store.write([(PERSON, level, revision * 1_000, revision, None, False)], [], {}, 1)
        told = asked.code(id_no=ONE, **{"as": "00"})
        assert told["code"] == level, "ours stays in words"
        assert home.codes["level"].tables["00"][told["shown"]["code"]] == level
    assert asked.code(id_no=TWO, **{"as": "00"})["shown"]["code"] not in home.codes["level"].tables["00"], (
        "unknown is no colour there either"
    )
    for stranger in ("99", 0, {"00": 1}):
        refused = asked.client.post("code", json={"id_no": ONE, "as": stranger})
        assert (refused.status_code, "tables for 00" in refused.text) == (400, True)


def test_a_token_stands_for_its_person(asked: Asked) -> None:
    asked.store.write([(PERSON, "green", 1_000, 1, None, False)], [], {}, 1)
    token = asked.client.post("token", json={"id_no": ONE}).json()["token"]
    assert ONE not in token
    assert PERSON.hex() not in token
    assert asked.code(token=token)["code"] == "green"
    changed = asked.client.post("code", json={"token": token[:-3] + "AA="})
    assert changed.status_code == 400
    assert asked.client.post("token", json={"token": token}).status_code == 400


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"id_no": 5}', b'{"id_no": " "}', b'{"token": ""}', json.dumps({"id_no": "1" * 2_000}).encode()]
)
def test_a_bad_question_is_told_apart_and_not_repeated(asked: Asked, body: bytes) -> None:
    response = asked.client.post("code", content=body)
    assert response.status_code in (400, 413)
    assert "1" * 100 not in response.text


def test_who_does_not_know_the_secret_is_told_nothing(asked: Asked) -> None:
    for header in ({"Authorization": ""}, {"Authorization": "Bearer x"}, {"Authorization": SECRET}):
        assert asked.client.post("code", json={"id_no": ONE}, headers=header).status_code == 401
    assert asked.client.get("code", params={"id_no": ONE}).status_code == 405  # a number has no place in an address
    with pytest.raises(httpx.HTTPError):
        httpx.post(f"http://127.0.0.1:{asked.port}/v1/code", json={"id_no": ONE})
