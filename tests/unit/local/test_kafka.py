"""What Kafka's own tools are given."""

import base64
import uuid

import pytest

from local import kafka


def test_no_cluster_id_looks_like_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    dashed, plain = uuid.UUID(int=0xFB << 120), uuid.UUID(int=7)
    drawn = iter([dashed, dashed, plain])
    monkeypatch.setattr(uuid, "uuid4", lambda: next(drawn))
    assert base64.urlsafe_b64encode(dashed.bytes).startswith(b"-"), "the check would show nothing"
    made = kafka.cluster_id()
    assert base64.urlsafe_b64decode(made + "==") == plain.bytes
    assert len(made) == 22
