"""The key of a record: a keyed hash of its subject, so that topics can order by person without knowing a person."""

import hashlib
import hmac

from govbus.identity import citizen_id
from govbus.identity.text import tidy


class SubjectKeys:
    """Makes keys under the secret ``subject-key`` that only the bus and its adapters hold.

    A plain hash would not do: all citizen ids of a county can be hashed in an afternoon.
    """

    def __init__(self, secret_hex: str) -> None:
        """:param secret_hex: at least 32 bytes, hex"""
        self._secret = bytes.fromhex(secret_hex)
        self._begun = hmac.new(self._secret, f"{citizen_id.RESIDENT_CARD}|".encode(), hashlib.sha256)

    def key(self, id_type: str, id_no: str) -> bytes:
        """128 bits of HMAC-SHA-256, as 32 ASCII hex characters.

        15- and 18-digit forms of one citizen id meet in one key. A malformed id has a stable key too, so that its request can be answered.
        """
        number = citizen_id.to_18(id_no) if id_type == citizen_id.RESIDENT_CARD else tidy(id_no).upper()
        return hmac.new(self._secret, f"{id_type}|{number}".encode(), hashlib.sha256).hexdigest()[:32].encode()

    def resident(self, number: str) -> str:
        """The key of a number that :func:`govbus.identity.citizen_id.sound` calls sound, as text; what :meth:`key` says, sooner."""
        begun = self._begun.copy()
        begun.update(number.encode())
        return begun.hexdigest()[:32]
