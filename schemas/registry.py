"""The release, copied into the site's registry for other tools. The bus itself never asks it (docs/decisions/0003).

Apicurio 3.3.3 counts contents 1, 2, 3, … as they come in, gives the same text the same id under every subject, and skips no number
for a text that it refuses. So an empty registry that is fed the release in order of id has the release's ids.
"""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import httpx

from govbus.errors import RetryLater, SetupError
from govbus.settings import Home
from schemas import release
from schemas.release import Entry

COMPATIBILITY = "FULL_TRANSITIVE"
_USER = "admin"


class Registration(NamedTuple):
    """One version to put under one subject."""

    subject: str
    entry: Entry


class Registry:
    """A Confluent-compatible registry, as its administrator."""

    def __init__(self, home: Home) -> None:
        """:raises SetupError: no secret ``registry.admin``, or no readable authority file"""
        self.url = home.site.registry.url.rstrip("/")
        auth = (_USER, home.secret("registry.admin").get_secret_value())
        self._client = httpx.Client(base_url=self.url, auth=auth, timeout=30, verify=_trust(home.site.registry.ca))

    def missing(self, records: Mapping[str, str], room: Path = release.ROOM) -> list[Registration]:
        """What of the release is not there yet, in order of id.

        Each version goes under its record's own name, so that every id is taken in order whether a topic uses it or not, and under
        ``<topic>-value`` of each topic that carries it.

        :param records: record type by topic
        :raises SetupError: the registry means something else by an id of the release
        :raises RetryLater: the registry is away
        """
        there = set(self._call("GET", "/subjects").json())
        wanted = [
            Registration(subject, entry)
            for entry in release.load(room).entries
            for subject in (entry.record, *sorted(f"{topic}-value" for topic, record in records.items() if record == entry.record))
        ]
        return [one for one in wanted if one.subject not in there or not self._known(one, room)]

    def register(self, one: Registration, room: Path = release.ROOM) -> None:
        """Register one version; call in the order of :meth:`missing`.

        :raises SetupError: the registry refuses the text, or gives it another id than the release
        :raises RetryLater: the registry is away
        """
        told = self._call("POST", f"/subjects/{one.subject}/versions", _body(one.entry, room))
        if told.is_client_error:
            msg = f"the registry at {self.url} refuses {one.subject} ({told.status_code}): {told.json().get('message', '')[:300]}"
            raise SetupError(msg)
        self._compare(one, int(told.json()["id"]))

    def protect(self) -> None:
        """Set the rule that every version reads every other; a registry's own default is to check nothing."""
        told = self._call("PUT", "/config", {"compatibility": COMPATIBILITY})
        if told.is_client_error:
            msg = f"the registry at {self.url} does not take the rule {COMPATIBILITY} ({told.status_code})"
            raise SetupError(msg)

    def protected(self) -> bool:
        """Whether that rule holds."""
        return bool(self._call("GET", "/config").json().get("compatibilityLevel") == COMPATIBILITY)

    def close(self) -> None:
        """Let go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _known(self, one: Registration, room: Path) -> bool:
        told = self._call("POST", f"/subjects/{one.subject}", _body(one.entry, room))
        if told.status_code == httpx.codes.NOT_FOUND:
            return False
        self._compare(one, int(told.json()["id"]))
        return True

    def _compare(self, one: Registration, given: int) -> None:
        if given != one.entry.id:
            msg = (
                f"the registry at {self.url} gives {one.subject} the schema id {given}, the release says {one.entry.id}: it has held other "
                "schemas before. Records on the topics carry the release's ids, so give the bus an empty registry (a new database) "
                "and run 'govbus topics apply' again"
            )
            raise SetupError(msg)

    def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> httpx.Response:
        try:
            told = self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            msg = f"the registry at {self.url} is away ({type(error).__name__}): start it; the bus itself goes on without it"
            raise RetryLater(msg) from error
        if told.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            msg = f"the registry at {self.url} does not accept user {_USER}: correct secret registry.admin"
            raise SetupError(msg)
        if told.is_server_error:
            msg = f"the registry at {self.url} failed at {method} {path} ({told.status_code}): see its log, then try again"
            raise RetryLater(msg)
        return told


def _body(entry: Entry, room: Path) -> dict[str, str]:
    return {"schema": json.dumps(release.text(entry, room), ensure_ascii=False), "schemaType": "AVRO"}


def _trust(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError as error:
        msg = f"{ca}, the registry's authority, cannot be read ({error.strerror}): correct registry.ca in site.yaml"
        raise SetupError(msg) from error
