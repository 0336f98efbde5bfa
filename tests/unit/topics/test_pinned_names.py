"""The private names of kafka-python that topics/broker/producer.py leans on still exist in the pinned version."""

import inspect
from importlib.metadata import version

from kafka import KafkaProducer
from kafka.producer.sender import Sender
from kafka.producer.transaction_manager import TransactionManager


def test_version() -> None:
    assert version("kafka-python") == "3.0.12"


def test_a_client_that_has_given_up_can_be_told_and_ended() -> None:
    assert list(inspect.signature(TransactionManager.has_fatal_error).parameters) == ["self"]
    assert list(inspect.signature(Sender.force_close).parameters) == ["self"]
    source = inspect.getsource(KafkaProducer)
    assert "self._transaction_manager" in source
    assert "self._sender" in source
