"""Checkpoints that ask: as fast as they can, or at a steady pace whether or not the door keeps up."""

import asyncio
import json
import random
import ssl
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from benchmarks.city_people import number

LINES = 8


class Door(NamedTuple):
    """Where to ask, and how: passed as JSON on standard input, because a secret has no place in a command line."""

    url: str
    ca: str
    secret: str
    people: int


async def ask(door: Door, seconds: float, rate: float) -> dict[str, Any]:
    """LINES connections ask about random people for so long.

    :param rate: questions a second in all; 0: each line asks as soon as it is answered. A question's time runs from when it was to be
        asked, so a door that stands still is seen.
    """
    chance, waited, colours, begun = random.Random(1), list[float](), Counter[str](), time.monotonic()  # noqa: S311
    context = ssl.create_default_context(cafile=door.ca)
    headers = {"Authorization": f"Bearer {door.secret}"}

    async def line(session: aiohttp.ClientSession, first: int) -> None:
        turn = first
        while (now := time.monotonic()) < begun + seconds:
            due = begun + turn / rate if rate else now
            await asyncio.sleep(max(0.0, due - now))
            async with session.post(door.url, json={"id_no": number(chance.randrange(door.people))}) as answer:
                told = await answer.json()
            waited.append(time.monotonic() - due)
            colours[told["code"]] += 1
            turn += LINES

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context, limit=LINES), headers=headers) as session:
        await asyncio.gather(*(line(session, each) for each in range(LINES)))
    took = time.monotonic() - begun
    waited.sort()
    return {
        "reads": len(waited), "a_second": round(len(waited) / took), "p50_ms": _at(waited, 0.5), "p99_ms": _at(waited, 0.99),
        "max_ms": _at(waited, 1.0), "codes": dict(colours),
    }  # fmt: skip


def _at(waited: list[float], share: float) -> float:
    return round(1000 * waited[min(int(share * len(waited)), len(waited) - 1)], 2) if waited else 0.0


def main() -> None:
    """``python -m benchmarks.city_reads <seconds> <rate> <file>``, a :class:`Door` on standard input; the figures go to the file."""
    door = Door(*json.load(sys.stdin))
    Path(sys.argv[3]).write_text(json.dumps(asyncio.run(ask(door, float(sys.argv[1]), float(sys.argv[2])))))


if __name__ == "__main__":
    main()
