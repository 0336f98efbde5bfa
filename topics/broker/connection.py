"""How a principal reaches the broker, and what kafka-python's errors mean to the caller."""

import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from kafka import errors  # noqa: TID251

from govbus.errors import BusError, RetryLater, SetupError
from govbus.settings import Home

Client = TypeVar("Client")

BOOTSTRAP_MS = 10_000
KNOCK_S = 2.0
RIGHTS = "see 'govbus topics plan', then 'govbus topics apply'"

_ABSENT = (errors.InvalidTopicError, errors.UnknownTopicOrPartitionError)
_LOCKED = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError)

# At DEBUG kafka-python writes passwords, keys and values: this logger never goes below WARNING, whatever a program's settings say.
logging.getLogger("kafka").setLevel(logging.WARNING)
logging.getLogger("kafka.net.selector").setLevel(logging.ERROR)  # it warns of every 100 ms that a busy machine took for itself


def options(home: Home, principal: str) -> dict[str, Any]:
    """What every kafka-python client of ``principal`` needs: TLS with a verified host, SCRAM-SHA-512, bounded waits.

    :raises SetupError: the principal has no secret in this home
    """
    return {
        "bootstrap_servers": home.site.kafka.bootstrap.split(","),
        "client_id": f"govbus.{principal}",
        "security_protocol": "SASL_SSL",
        "ssl_cafile": str(home.site.kafka.ca),
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": principal,
        "sasl_plain_password": home.secret(f"kafka.{principal}").get_secret_value(),
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "request_timeout_ms": 15_000,
        "reconnect_backoff_max_ms": 2_000,
    }


def connect(make: Callable[..., Client], home: Home, principal: str, **more: Any) -> Client:
    """A connected client.

    A broker that is away is found out by a plain connection first: each kafka-python client that fails to be made leaves a thread behind,
    and an adapter tries for as long as the outage lasts.

    :raises RetryLater: nobody answered, or the password was wrong: kafka-python reports both as a bootstrap that took too long
    :raises SetupError: no secret, no authority file, or a right that is missing
    """
    _knock(home.site.kafka.bootstrap)
    try:
        return make(**(options(home, principal) | more))
    except errors.KafkaTimeoutError as error:
        msg = (
            f"{home.site.kafka.bootstrap} did not let {principal} in within {BOOTSTRAP_MS // 1000} s: either the broker is away "
            f"(start it), or secret kafka.{principal} is not its password there ('govbus topics apply --passwords' sets it)"
        )
        raise RetryLater(msg) from error
    except OSError as error:
        msg = f"{home.site.kafka.ca}, the broker's authority, cannot be read ({error.strerror}): correct kafka.ca in site.yaml"
        raise SetupError(msg) from error
    except errors.KafkaError as error:
        raise mapped(error, principal, home.site.kafka.bootstrap) from error


def _knock(bootstrap: str) -> None:
    for server in bootstrap.split(","):
        host, _, port = server.rpartition(":")
        with contextlib.suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), KNOCK_S):
            return
    msg = f"no broker answers at {bootstrap}: start it, or correct kafka.bootstrap in site.yaml"
    raise RetryLater(msg)


def mapped(error: Exception, principal: str, place: str) -> BusError:
    """``error`` as one of ours, by the caller's next move. kafka-python's own text is left out: it may quote a record.

    :param place: topic or group that the call was about
    """
    name = type(error).__name__
    if isinstance(error, errors.AuthorizationError):
        return SetupError(f"principal {principal} has no right to do this at {place} ({name}): {RIGHTS}")
    if isinstance(error, _LOCKED):
        return SetupError(f"{place} does not accept the password of principal {principal} ({name}): 'govbus topics apply --passwords'")
    if isinstance(error, _ABSENT):
        return SetupError(f"{place} does not exist at the broker ({name}): run 'govbus topics apply'")
    return RetryLater(f"Kafka did not do this at {place} for {principal} ({name}); the same call may succeed later")
