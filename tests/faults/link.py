"""The line between the workers and the broker: a TCP proxy that can be slow, deaf or cut. TLS passes through it unread."""

import asyncio
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = 16_384  # bytes; with a delay this is also the line's window
OPEN_S = 10.0


@dataclass
class Link:
    """Listens on loopback port ``listen`` and hands on to ``to``; orders may come from any thread.

    :param delay_s: added to each chunk, each way; :param rate: bytes a second and connection, each way; 0: as fast as it goes
    """

    listen: int
    to: int
    delay_s: float = 0.0
    rate: float = 0.0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _down: bool = False
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to hand on."""
        opened = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=[self._run(opened)], daemon=True)
        self._thread.start()
        if not opened.wait(OPEN_S):
            msg = f"nothing listens on port {self.listen}"
            raise TimeoutError(msg)

    def slow(self, delay_s: float, rate: float) -> None:
        """From the next chunk on."""
        self.delay_s, self.rate = delay_s, rate

    def hold(self) -> None:
        """Nothing passes any more and nobody is told: connections stand open, as behind a dead router."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def cut(self) -> None:
        """All connections are reset, and so is each new one."""
        self._loop.call_soon_threadsafe(self._cut)

    def mend(self) -> None:
        """As good as new; what was held passes now, in order."""
        self.slow(0.0, 0.0)
        self._loop.call_soon_threadsafe(self._mend)

    def close(self) -> None:
        """Reset everything and hand on no more."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._over.set)
            self._thread.join(OPEN_S)

    async def _run(self, opened: threading.Event) -> None:
        self._flowing.set()
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.listen):
            opened.set()
            await self._over.wait()
            self._mend()  # nobody waits for a held line any more
            self._cut()

    def _cut(self) -> None:
        self._down = True
        for end in self._ends:
            end.transport.abort()

    def _mend(self) -> None:
        self._down = False
        self._flowing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._down:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:  # the broker is away, and the worker must see that
            writer.transport.abort()
            return
        ends = {writer, back}
        self._ends |= ends
        try:
            await asyncio.gather(self._hand_on(reader, back), self._hand_on(there, writer))
        finally:
            self._ends -= ends

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One way; whichever end goes, the other follows."""
        free = 0.0
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                now = time.monotonic()
                free = max(free, now) + (len(chunk) / self.rate if self.rate else 0.0)
                await asyncio.sleep(max(self.delay_s, free - now))
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
        writer.close()
