"""X-Road's operational-monitoring record: its field names and their types (pr-opmon Annex B), and who stands on which side."""

import json

import pytest

from audit.xroad import _FIRST, _records
from govbus.envelope import Envelope
from tests.unit.shapes import world

TEXTS = [
    "securityServerInternalIp", "securityServerType", "clientXRoadInstance", "clientMemberClass", "clientMemberCode",
    "clientSubsystemCode", "serviceXRoadInstance", "serviceMemberClass", "serviceMemberCode", "serviceSubsystemCode",
    "serviceCode", "restMethod", "restPath", "serviceVersion", "representedPartyClass", "representedPartyCode", "messageId",
    "messageUserId", "messageIssue", "messageProtocolVersion", "clientSecurityServerAddress", "serviceSecurityServerAddress",
    "serviceType", "faultCode", "faultString", "xRoadVersion",
]  # fmt: skip
NUMBERS = [
    "monitoringDataTs", "requestInTs", "requestOutTs", "responseInTs", "responseOutTs", "requestSize", "requestMimeSize",
    "requestAttachmentCount", "responseSize", "responseMimeSize", "responseAttachmentCount", "statusCode",
]  # fmt: skip
TYPES = {**dict.fromkeys(TEXTS, str), **dict.fromkeys(NUMBERS, int), "succeeded": bool}
REQUIRED = {"monitoringDataTs", "securityServerInternalIp", "securityServerType", "succeeded", "messageId", "requestInTs", "responseOutTs"}
ASKED_MS, QUESTION_MS, ANSWER_MS, VERDICT_MS = (world.START_MS + each for each in (0, 200, 900, 1_000))


def dialogue(outcome: str = "match", reason: str | None = None) -> list[dict[str, object]]:
    """The records of one request that its holder was asked about."""
    asked = world.request("proof-01", ASKED_MS)
    answer = world.answer("proof-01", ANSWER_MS, outcome="match")
    data = {"request_id": "r1", "asker": "housing", "item": "proof-01", "purpose": "public-rental-housing"}
    question = world.envelope("civil-affairs.question", "gov_data.ProofQuestion", data, QUESTION_MS)
    told = {
        "request_id": "r1",
        "department": "housing",
        "item": "proof-01",
        "outcome": outcome,
        "reason": reason,
        "holder": "civil-affairs",
    }
    verdict = world.envelope("housing.verdict", "gov_data.ProofVerdict", {**told, "rule_version": "marital-1"}, VERDICT_MS)
    begun: dict[tuple[str, str, str], Envelope] = {
        ("r1", _FIRST[word], department): each
        for word, department, each in (("request", "housing", asked), ("question", "civil-affairs", question))
    }
    return list(_records(begun, [(verdict, dict(verdict.data or {})), (answer, dict(answer.data or {}))]))


@pytest.mark.parametrize(("outcome", "reason"), [("match", None), ("refused", "no-right"), ("timeout", None)])
def test_fields_and_types_are_those_of_the_protocol(outcome: str, reason: str | None) -> None:
    for record in json.loads(json.dumps(dialogue(outcome, reason))):
        assert set(record) <= set(TYPES), "no field that a collector does not know"
        assert set(record) >= REQUIRED
        assert {name: type(value) for name, value in record.items()} == {name: TYPES[name] for name in record}
        assert record["securityServerType"] in ("Client", "Producer")
        assert len(str(record["monitoringDataTs"])) == 10, "seconds; all other times are milliseconds"
        assert len(str(record["requestInTs"])) == 13


def test_a_corrector_pairs_the_two_sides() -> None:
    """It needs one message id, the same two parties, and at most 60 s between the two requestInTs."""
    producer, client = dialogue()
    assert (producer["securityServerType"], client["securityServerType"]) == ("Producer", "Client"), "in order of their end"
    for name in ("messageId", "clientMemberCode", "serviceMemberCode", "serviceCode", "serviceXRoadInstance"):
        assert producer[name] == client[name], name
    assert (client["requestInTs"], client["responseOutTs"]) == (ASKED_MS, VERDICT_MS)
    assert (producer["requestInTs"], producer["responseOutTs"]) == (QUESTION_MS, ANSWER_MS)


def test_a_fault_says_why_and_a_person_is_in_none() -> None:
    failed = [one for one in dialogue("refused", "no-right") if one["securityServerType"] == "Client"]
    assert [(one["succeeded"], one["faultCode"], one["faultString"]) for one in failed] == [(False, "no-right", "refused")]
    assert not any("faultCode" in one for one in dialogue())
    told = json.dumps([*dialogue(), *failed], ensure_ascii=False)
    assert not any(value in told for value in (*world.PERSON.values(), "ZJ0001", "messageUserId") if value != "111")
