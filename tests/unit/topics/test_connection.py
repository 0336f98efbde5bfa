"""What a Kafka error means for the caller, and that kafka-python's own log stays shut."""

import logging

import pytest
from kafka import errors

from govbus.errors import BusError, RetryLater, SetupError
from topics.broker.connection import mapped


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.TopicAuthorizationFailedError, SetupError),
        (errors.GroupAuthorizationFailedError, SetupError),
        (errors.TransactionalIdAuthorizationFailedError, SetupError),
        (errors.SaslAuthenticationFailedError, SetupError),
        (errors.UnknownTopicOrPartitionError, SetupError),
        (errors.KafkaTimeoutError, RetryLater),
        (errors.KafkaConnectionError, RetryLater),
        (errors.NotEnoughReplicasError, RetryLater),
    ],
)
def test_mapped_by_the_next_move(error: type[Exception], kind: type[BusError]) -> None:
    told = mapped(error("449999199001010011"), "housing", "housing.request")
    assert type(told) is kind
    assert "housing" in str(told)
    assert "449999199001010011" not in str(told)


def test_passwords_and_values_are_never_logged() -> None:
    """kafka-python logs its whole configuration and every record at DEBUG."""
    assert logging.getLogger("kafka.producer.kafka").getEffectiveLevel() >= logging.WARNING
