"""The checkpoint's door: one person's colour over HTTPS, with bearer secret. Colour, time and badge; never a reason, never a number back.

POST /v1/code   {"id_type": "111", "id_no": "…"} or {"token": "…"}
                → {"code": "green", "as_of": "…", "nucleic": {"hours": 24, "sampled_at": "…"}, "stale": false}
                with "as": "00" also "shown": {"as": "00", "code": "…"}, what that platform calls this level (互认)
POST /v1/token  {"id_type": "111", "id_no": "…"} → {"token": "…", "seconds": 60}: what a person's own app shows, for one minute

It reads a store that a code_sink in another process writes, so no number of questions can stop the stream. Numbers come in the body, so no
address, no log of a proxy and no history of a browser has them; nothing is logged of a question.
"""

import asyncio
import hmac
import json
import ssl
import threading
import time
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken

from adapters.checkpoint.store import Reader, Seen, path
from adapters.declaration import Adapter, CodeDoor
from govbus.envelope import to_iso
from govbus.errors import SetupError
from govbus.identity import citizen_id
from govbus.ports import Observer
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home

_BODY, _TOKEN_S, _HOUR_MS, _START_S = 1_024, 60, 3_600_000, 10.0


class Desk:
    """Answers questions; knows no HTTP."""

    def __init__(self, home: Home, spec: CodeDoor) -> None:
        """:raises RetryLater: the store is not there yet"""
        self._spec, self._reader = spec, Reader(path(home, spec.store))
        self._keys = SubjectKeys(home.secret("subject-key").get_secret_value())
        self._tokens = Fernet(Fernet.generate_key())  # of this process: a token lives for a minute
        self.asked = 0

    def code(self, question: dict[str, Any], now_ms: int) -> dict[str, Any]:
        """:raises ValueError: no number and no token that holds, or `as` whom there is no table"""
        self.asked += 1
        seen = self._reader.look(self._person(question)) or Seen("", None, None)
        stale = now_ms - self._reader.heard_ms() > self._spec.stale_s * 1000
        level = seen.level or self._spec.unknown
        told = {"code": level, "as_of": _iso(seen.as_of), "nucleic": self._badge(seen, now_ms), "stale": stale}
        return told if question.get("as") is None else {**told, "shown": self._shown(question["as"], level)}

    def token(self, question: dict[str, Any]) -> dict[str, Any]:
        """:raises ValueError: no number"""
        return {"token": self._tokens.encrypt(self._person({**question, "token": None})).decode(), "seconds": _TOKEN_S}

    def close(self) -> None:
        """Let go of the store."""
        self._reader.close()

    def _person(self, question: dict[str, Any]) -> bytes:
        token, id_type, id_no = question.get("token"), question.get("id_type", citizen_id.RESIDENT_CARD), question.get("id_no")
        if isinstance(token, str):
            try:
                return self._tokens.decrypt(token, ttl=_TOKEN_S)
            except InvalidToken:
                msg = "the token is none of this door, or its minute is over"
                raise ValueError(msg) from None
        if not (isinstance(id_type, str) and isinstance(id_no, str) and id_no.strip()):
            msg = "id_no, or a token"
            raise ValueError(msg)
        return bytes.fromhex(self._keys.key(id_type, id_no).decode())

    def _shown(self, whose: Any, level: str) -> dict[str, str]:
        table = self._spec.shown.get(whose) if isinstance(whose, str) else None
        if table is None or level not in table:
            msg = f"as: there are tables for {', '.join(self._spec.shown) or 'nobody'}, with a value for each level"
            raise ValueError(msg)
        return {"as": str(whose), "code": table[level]}

    def _badge(self, seen: Seen, now_ms: int) -> dict[str, Any] | None:
        at = seen.sampled_at
        hours = next((each for each in self._spec.steps_h if at is not None and now_ms < at + each * _HOUR_MS), None)
        return {"hours": hours, "sampled_at": _iso(at)} if hours else None


class CodeDoorDoor:
    """The door at work: a loop in a thread of its own; ``round`` only looks whether it lives."""

    def __init__(self, home: Home, adapter: Adapter, spec: CodeDoor, observer: Observer) -> None:
        """:raises RetryLater: the store is not there yet
        :raises SetupError: no port, certificate or secret for it in this home
        """
        self.poll_s, self._observer = spec.poll_s, observer
        served = home.site.doors.get(adapter.meta.id)
        if served is None:
            msg = f"site.yaml has no door {adapter.meta.id}: add its port and certificate under doors"
            raise SetupError(msg)
        self._port, self._context = served.port, ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            self._context.load_cert_chain(served.certificate, served.key)
        except (OSError, ssl.SSLError) as error:
            msg = f"door {adapter.meta.id}: {served.certificate} and its key cannot be used"
            raise SetupError(msg) from error
        self._secret = home.secret(f"door.{adapter.meta.id}").get_secret_value().encode()
        self._desk = Desk(home, spec)
        self._loop, self._ready, self._failed = asyncio.new_event_loop(), threading.Event(), ""
        self._thread = threading.Thread(target=self._serve, name="door", daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_S) or self._failed:
            msg = f"door {adapter.meta.id}: port {self._port} on 127.0.0.1 cannot be had {self._failed}"
            raise SetupError(msg)

    def round(self) -> int:
        """Look whether the door's thread lives.

        :raises SetupError: it does not
        """
        if not self._thread.is_alive():
            msg = "the door's thread has ended"
            raise SetupError(msg)
        return 0

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)
        self._desk.close()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=_BODY, middlewares=[self._guarded])
        app.router.add_post("/v1/code", self._code)
        app.router.add_post("/v1/token", self._token)
        runner = web.AppRunner(app, access_log=None)
        self._loop.run_until_complete(runner.setup())
        try:
            self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=self._context).start())
        except OSError as error:
            self._failed = f"({error.strerror})"
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Who asks, and what becomes of a bad question; the answer to both says nothing of anybody."""
        told = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(told, b"Bearer " + self._secret):
            return web.json_response({"error": "who asks? send the checkpoint's secret as a bearer"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
        except (ValueError, KeyError) as wrong:
            text = "a JSON object with id_no, or with token" if isinstance(wrong, json.JSONDecodeError) else str(wrong)
            return web.json_response({"error": text}, status=400)
        return response

    async def _code(self, request: web.Request) -> web.Response:
        return web.json_response(self._desk.code(_question(await request.json()), int(time.time() * 1000)))

    async def _token(self, request: web.Request) -> web.Response:
        return web.json_response(self._desk.token(_question(await request.json())))


def _question(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        msg = "a JSON object with id_no, or with token"
        raise ValueError(msg)
    return body


def _iso(at_ms: int | None) -> str | None:
    return None if at_ms is None else to_iso(datetime.fromtimestamp(at_ms / 1000, UTC))
