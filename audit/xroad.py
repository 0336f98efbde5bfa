"""The same exchanges as X-Road's operational-monitoring records (pr-opmon Annex B), so that collectors made for X-Road can read them.

A request and its verdict are the asker's record (``Client``), a question and its answer the holder's (``Producer``). Both have the
request's id as ``messageId``, by which X-Road's corrector pairs them. No person is in it: ``messageUserId`` is left out on purpose.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from audit import access
from govbus.envelope import Envelope
from govbus.errors import Poison
from govbus.settings import Home
from schemas.codec import Codec
from topics import broker
from topics.load import load

INSTANCE, CLASS, PROTOCOL = "WUCHUAN", "GOV", "4.0"
READER = "auditor"
_FIRST, _LAST = {"request": "Client", "question": "Producer"}, {"verdict": "Client", "answer": "Producer"}
_FAULTS = ("refused", "timeout")


def collect(home: Home, since: int, until: int) -> dict[str, Any]:
    """``{"recordsCount": n, "records": […], "nextRecordsFrom": s}`` of the exchanges that ended in this time.

    :param since, until: seconds since 1970, from and before; X-Road's ``recordsFrom`` and ``recordsTo``
    """
    codec = Codec.load(load().records)
    with broker.admin(home, READER) as admin:
        topics = [name for name in admin.topics() if name.rpartition(".")[2] in (*_FIRST, *_LAST)]
    first: dict[tuple[str, str, str], Envelope] = {}
    ended: list[tuple[Envelope, Mapping[str, Any]]] = []
    for record in broker.scan(home, READER, topics):
        try:
            each = record.envelope()
            data = codec.decode(each.topic, each.value)[1]
        except Poison:
            continue  # the quarantine has it
        department, word = each.topic.split(".")
        if word in _FIRST:
            first.setdefault((data["request_id"], _FIRST[word], department), each.with_data(data))
        elif since <= each.recorded_ms // 1000 < until:
            ended.append((each, data))
    records = list(_records(first, ended))
    return {"recordsCount": len(records), "records": records, "nextRecordsFrom": until}


def _records(first: Mapping[tuple[str, str, str], Envelope], ended: list[tuple[Envelope, Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    for each, data in sorted(ended, key=lambda one: one[0].recorded_ms):
        department, word = each.topic.split(".")
        begun = first.get((data["request_id"], _LAST[word], department))
        if begun is not None and begun.data is not None:
            yield _record(_LAST[word], begun, begun.data, each, data)


def _record(side: str, begun: Envelope, asked: Mapping[str, Any], ended: Envelope, told: Mapping[str, Any]) -> dict[str, Any]:
    department = begun.topic.split(".")[0]
    client = department if side == "Client" else asked["asker"]
    holder = told.get("holder") or "bus"
    fault = told["outcome"] in _FAULTS
    return {
        "monitoringDataTs": access.now_ms() // 1000, "securityServerInternalIp": "127.0.0.1", "securityServerType": side,
        "requestInTs": begun.recorded_ms, "requestOutTs": begun.recorded_ms, "responseInTs": ended.recorded_ms,
        "responseOutTs": ended.recorded_ms, "clientXRoadInstance": INSTANCE, "clientMemberClass": CLASS, "clientMemberCode": client,
        "clientSubsystemCode": begun.source.split("/")[2] if side == "Client" else "bus", "serviceXRoadInstance": INSTANCE,
        "serviceMemberClass": CLASS, "serviceMemberCode": holder, "serviceSubsystemCode": "bus", "serviceCode": asked["item"],
        "serviceVersion": told.get("rule_version") or "", "messageId": told["request_id"], "messageIssue": asked["purpose"],
        "messageProtocolVersion": PROTOCOL, "requestSize": len(begun.value), "responseSize": len(ended.value),
        "requestAttachmentCount": 0, "responseAttachmentCount": 0, "succeeded": not fault, "serviceType": "REST",
        "xRoadVersion": PROTOCOL,
        **({"faultCode": told.get("reason") or told["outcome"], "faultString": told["outcome"]} if fault else {}),
    }  # fmt: skip
