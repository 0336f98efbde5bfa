"""Who read what (个人信息保护法 Art 51, 条例 Art 29): a record before each look and one behind it, in the same sealed log.

The auditor may write nothing at the broker, so the record is the ``recorder``'s. A look whose first record is not acknowledged does not
happen.
"""

import os
import pwd
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from govbus.envelope import Envelope, event_id
from govbus.errors import BusError, SetupError
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.access import RECORDER
from topics.load import load

TOPIC, RECORD, SOURCE, READER = "bus.access", "gov_data.Access", "/gov-data/audit", "auditor"


@dataclass
class Noted:
    """One look that is under way; whoever looks says how many records it were."""

    records: int = 0


@contextmanager
def noted(
    home: Home,
    action: str,
    why: str,
    what: str,
    subject: bytes = b"",
    ticket: str = "",
    approval: str = "",
    principal: str = "auditor",
) -> Iterator[Noted]:
    """The look is what stands within; before it and behind it a record is written.

    :param what: topics, exchange or id of a record; never a person's data
    :param subject: pseudonym of the person it is about
    :raises SetupError: no reason; :raises BusError: the record cannot be written, so nothing may be read
    """
    if not why.strip():
        msg = f"{action} needs a reason (--why): it stands in {TOPIC}, where whoever it concerns may ask for it"
        raise SetupError(msg)
    data = {
        "access_id": uuid.uuid4().hex, "action": action, "principal": principal, "officer": officer(), "what": what,
        "subject": subject.decode() or None, "why": why.strip(), "ticket": ticket, "approval": approval or None,
    }  # fmt: skip
    look = Noted()
    _write(home, data, "started", 0)
    try:
        yield look
    except BaseException:
        _write(home, data, "failed", look.records)
        raise
    _write(home, data, "finished", look.records)


def officer() -> str:
    """Who sits at the machine, as it knows him; which person an account is, the department's own list says.

    By the process's user id: LOGNAME and USER are the caller's to set, and one person would be four eyes.
    """
    return pwd.getpwuid(os.getuid()).pw_name


def _write(home: Home, data: dict[str, Any], state: str, records: int) -> None:
    key = (data["subject"] or data["access_id"]).encode()
    put(home, RECORDER, TOPIC, key, event_id(data["access_id"], state), {**data, "state": state, "records": records, "at": now_ms()})


def put(home: Home, principal: str, topic: str, key: bytes, name: str, data: dict[str, Any]) -> None:
    """Write one record of this room, and see it acknowledged.

    :raises BusError: it is not
    """
    record = load().records[topic]
    value = _codec().encode(record, data)
    with broker.producer(home, principal) as out:
        (result,) = out.send_all([Envelope(name, SOURCE, record, datetime.now(UTC), topic, key, value)])
    if isinstance(result, BusError):
        raise result


def records(home: Home, topic: str) -> Iterator[dict[str, Any]]:
    """What stands in one of this room's topics, in the order of each partition, read as the auditor."""
    for record in broker.scan(home, READER, [topic]):
        yield _codec().decode(topic, record.value or b"")[1]


@cache  # a look has two records
def _codec() -> Codec:
    return Codec.load(load().records)


def now_ms() -> int:
    """The machine's clock, milliseconds since 1970."""
    return int(time.time() * 1000)
