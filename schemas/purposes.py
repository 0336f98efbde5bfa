"""Purposes that end one day, and their keys: ``purposes.yaml`` says which records are for which, secrets ``purpose.<id>/<n>`` encrypt them.

On the wire: ``0x45``, the schema id in 4 bytes big-endian, the key's number in 1, then AES-SIV (RFC 5297) of the Avro body, with the six
bytes before it as associated data. Deterministic, so that a replay gives the same bytes: docs/decisions/0009-purpose-keys.md.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from pydantic import Field, TypeAdapter, ValidationError

from govbus.errors import Poison, SetupError
from govbus.reasons import Reason
from govbus.settings import Declared, Home, Title
from schemas.release import ROOM

MAGIC = 0x45
HEAD = 6
HIGHEST = 255
_WIDTH = 32  # bytes of a key: AES-128 for the tag and AES-128 for the text


class Purpose(Declared):
    """One purpose: what its records are, and the law by which they go."""

    title: Title
    law: str = Field(description="by which all of it is deleted when the purpose is over")
    records: tuple[str, ...] = Field(min_length=1, description="record types, full Avro names; of no other purpose")


class _Key(NamedTuple):
    number: int
    cipher: AESSIV


@cache
def declared(room: Path = ROOM) -> Mapping[str, Purpose]:
    """All purposes by id, read once a process; none where the room has no such file.

    :raises SetupError: the file cannot be used, or a record type has two purposes
    """
    path = room / "purposes.yaml"
    if not path.exists():
        return {}
    try:
        found = TypeAdapter(dict[str, Purpose]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        msg = f"{path}: {error}"
        raise SetupError(msg) from error
    every = [record for one in found.values() for record in one.records]
    if twice := sorted({record for record in every if every.count(record) > 1}):
        msg = f"{path}: {', '.join(twice)} stands there twice; a record is for one purpose, or its key could not go"
        raise SetupError(msg)
    return found


def by_record(room: Path = ROOM) -> dict[str, str]:
    """Purpose of each record type that has one."""
    return {record: name for name, one in declared(room).items() for record in one.records}


def ended(home: Path, purpose: str) -> Path:
    """The file that says that a purpose is over in this home: the receipt of its sunset, from the order on."""
    return home / "sunsets" / f"{purpose}.json"


def key_folder(home: Path, purpose: str) -> Path:
    """Where the purpose's keys are, a file a number: a folder, because containers are given it whole, with what is in it today."""
    return home / "secrets" / f"purpose.{purpose}"


def key_files(home: Path, purpose: str) -> dict[int, Path]:
    """Files of the purpose's keys by number.

    :raises SetupError: one has no number of 1 to 255
    """
    found = {}
    folder = key_folder(home, purpose)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not path.name.isdecimal() or not 0 < int(path.name) <= HIGHEST:
            msg = f"{path}: the name of a purpose's key is its number, 1 to {HIGHEST}; rename it"
            raise SetupError(msg)
        found[int(path.name)] = path
    return found


class Keys:
    """The keys that one process holds."""

    def __init__(self, keys: Mapping[str, Mapping[int, bytes]], over: Iterable[str] = (), home: Path | None = None) -> None:
        """:param keys: by purpose and number; :param over: purposes that have ended; :param home: where :meth:`refresh` looks

        :raises SetupError: a key has another length than 32 bytes
        """
        if wrong := [f"purpose.{name}/{number}" for name, each in keys.items() for number, key in each.items() if len(key) != _WIDTH]:
            msg = f"secret {', '.join(wrong)} is no key: {2 * _WIDTH} hexadecimal digits, as 'openssl rand -hex {_WIDTH}' writes them"
            raise SetupError(msg)
        self._home, self._over = home, set(over)
        self._keys = {name: {number: AESSIV(key) for number, key in each.items()} for name, each in keys.items() if each}
        self._newest = {name: _Key(max(each), each[max(each)]) for name, each in self._keys.items()}

    def seal(self, purpose: str, prefix: bytes, body: bytes, place: str) -> bytes:
        """The value for the wire: ``body`` under the purpose's newest key, behind ``prefix`` (magic byte and schema id).

        :raises Poison: PURPOSE_OVER; :raises SetupError: this process has no key of it
        """
        key = self._newest.get(purpose)
        if key is None:
            raise self._without(purpose, place)
        head = prefix + key.number.to_bytes(1, "big")
        return head + key.cipher.encrypt(body, [head])

    def open(self, purpose: str, value: bytes, place: str) -> bytes:
        """The Avro body of a value that came from outside.

        :raises Poison: PURPOSE_OVER, or UNDECODABLE: changed, cut, or of a key that is not here
        :raises SetupError: this process has no key of the purpose at all
        """
        keys = self._keys.get(purpose)
        if keys is None:
            raise self._without(purpose, place)
        number = value[HEAD - 1] if len(value) > HEAD else 0
        cipher = keys.get(number)
        if cipher is None:
            raise Poison(Reason.UNDECODABLE, place, f"key {number} of purpose {purpose} is not here")
        try:
            return cipher.decrypt(value[HEAD:], [value[:HEAD]])
        except (InvalidTag, ValueError):
            detail = f"it does not open under key {number} of purpose {purpose}: changed, or of another key"
            raise Poison(Reason.UNDECODABLE, place, detail) from None

    def refresh(self) -> None:
        """Let go of the keys of purposes that have ended meanwhile; for programs that run on, once a turn or second."""
        if self._home:
            for name in [name for name in self._keys if ended(self._home, name).exists()]:
                del self._keys[name], self._newest[name]
                self._over.add(name)

    def over(self, purpose: str) -> bool:
        """Whether the purpose has ended."""
        return purpose in self._over

    def require(self, records: Iterable[str]) -> None:
        """For a program that will need the keys of these record types: better now than at the first record.

        :raises SetupError: a key is missing, and its purpose has not ended
        """
        wanted = by_record()
        for purpose in sorted({wanted[record] for record in records if record in wanted} - self._over - set(self._keys)):
            raise self._missing(purpose)

    def _without(self, purpose: str, place: str) -> Poison | SetupError:
        if purpose in self._over:
            return Poison(Reason.PURPOSE_OVER, place, f"purpose {purpose} has ended, and its keys are destroyed")
        return self._missing(purpose)

    def _missing(self, purpose: str) -> SetupError:
        where = self._home / "secrets" if self._home else "what this program was given"
        return SetupError(
            f"secret purpose.{purpose}/1 (or a later number) is not in {where}: without it no record of purpose {purpose} can be read or "
            "written; copy it from a machine that has it, mode 0600"
        )


NONE = Keys({})
"""For programs that have nothing to do with any purpose."""


def keys_of(home: Home) -> Keys:
    """All keys in a home.

    :raises SetupError: one is readable by others, or no key
    """
    found: dict[str, dict[int, bytes]] = {}
    over = [name for name in declared() if ended(home.folder, name).exists()]
    for name in declared():
        if name not in over:
            found[name] = {number: read_key(home, name, number) for number in key_files(home.folder, name)}
    return Keys(found, over, home.folder)


def read_key(home: Home, purpose: str, number: int) -> bytes:
    """One key; empty where what stands there is none. Errors as :meth:`govbus.settings.Home.secret`."""
    try:
        return bytes.fromhex(home.secret(f"purpose.{purpose}/{number}").get_secret_value())
    except ValueError:
        return b""
