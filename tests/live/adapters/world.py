"""What the tests of the doors share: a department's desk on a real instance, its doors opened here or as the program they are."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml

from adapters.commands import _opener
from adapters.declaration import load_adapters
from adapters.loop import Door
from govbus.envelope import Envelope
from govbus.errors import RetryLater
from govbus.identity.citizen_id import check_digit
from govbus.ports import NullObserver
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from local.instance import Instance
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker import Producer, scan
from topics.load import records

KILLED = 137
PATIENCE_S = 30.0


def citizen(number: int) -> str:
    """A number that nobody has: the division does not exist."""
    first = f"44999919710101{number:03d}"
    return first + check_digit(first)


def until(what: str, true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, f"{what}: not within {patience_s} s"
        time.sleep(0.02)


class Desk:
    """The bus as the test sees it: ``run`` marks what is this test's own."""

    def __init__(self, instance: Instance, home: Path | None = None) -> None:
        self.instance, self.home = instance, Home(home or instance.home)
        self.codec, self.run = Codec.load(records(), keys=keys_of(self.home)), uuid.uuid4().hex[:8]
        self.keys = SubjectKeys(instance.secret("subject-key"))
        self.before = datetime.now(UTC)
        self.writer = Producer(self.home, "admin")

    def close(self) -> None:
        self.writer.close()

    def envelope(self, topic: str, record: str, data: dict[str, Any], **parts: Any) -> Envelope:
        given = {
            "id": uuid.uuid4().hex, "source": "/gov-data/test", "type": record, "time": datetime.now(UTC), "topic": topic,
            "key": self.keys.key("111", citizen(1)), "value": self.codec.encode(record, data), "correlation_id": data["request_id"],
        }  # fmt: skip
        return Envelope(**{**given, **parts})

    def send(self, *envelopes: Envelope) -> None:
        for result in self.writer.send_all(envelopes):
            assert not isinstance(result, Exception), result

    def seen(self, topic: str) -> list[tuple[str, dict[str, Any]]]:
        """(event id, data) of what came onto the topic since this test began."""
        found = (record.envelope() for record in scan(self.home, "admin", [topic], self.before))
        return [(one.id, self.codec.decode(topic, one.value, one.place)[1]) for one in found]

    @contextmanager
    def door(self, name: str, **changed: Any) -> Iterator[Door]:
        """The adapter at work in this process; ``changed`` replaces parts of its declaration."""
        adapter = load_adapters()[name]
        adapter = adapter.model_copy(update={"spec": adapter.spec.model_copy(update=changed)})
        door = _opener(self.home, adapter, NullObserver())()
        try:
            yield door
        finally:
            door.close()

    def killed(self, name: str, failpoint: str) -> None:
        """Run the adapter's program until it dies at ``failpoint``."""
        env = {**os.environ, "GOVBUS_HOME": str(self.home.folder), "GOVBUS_FAILPOINT": failpoint}
        with subprocess.Popen([sys.executable, "-m", "govbus", "adapter", "run", name], env=env) as process:
            try:
                assert process.wait(PATIENCE_S) == KILLED
            finally:
                process.kill()

    def link(self, department: str, role: str = "owner") -> psycopg.Connection:
        return psycopg.connect(self.instance.dsn(department, role), autocommit=True)


def drive(door: Door, what: str, true: Callable[[], object]) -> None:
    """Rounds until ``true``; a part that is away is tried again, as the loop does."""

    def step() -> object:
        with suppress(RetryLater):
            door.round()
        return true()

    until(what, step)


def claim(link: psycopg.Connection, number: str, **changed: Any) -> str:
    """An application with one claim in housing's own tables; the source key of the claim."""
    row = {"officer_code": "ZJ0001", "applicant_id": citizen(1), "updated_at": None, **changed}
    link.execute(
        "INSERT INTO application (application_no, applicant_name, applicant_id, officer_code, matter) VALUES (%s, '叶安', %s, %s, 'GZF')",
        (number, row["applicant_id"], row["officer_code"]),
    )
    found = link.execute(
        "INSERT INTO claim (application_no, proof_item, declared_1, purpose, legal_basis, as_of, updated_at) VALUES "
        "(%s, 'proof-01', '20', 'public-rental-housing', '公共租赁住房管理办法 Art 7', '2026-01-01', coalesce(%s, now())) "
        "RETURNING claim_id",
        (number, row["updated_at"]),
    ).fetchone()
    assert found
    return str(found[0])


def home_with_drop(instance: Instance, folder: Path) -> Path:
    """A home like the instance's, but with the drop folder ``folder/drop``: files of other tests are not ours to take."""
    site = yaml.safe_load((instance.home / "site.yaml").read_text())
    site["drops"] = {"disabled-federation": str(folder / "drop")}
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    (folder / "secrets").symlink_to(instance.home / "secrets")
    return folder
