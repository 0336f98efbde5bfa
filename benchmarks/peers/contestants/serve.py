"""Runs a Faust app until SIGTERM or until it fails."""

import asyncio
import signal
from typing import Any


async def serve(app: Any) -> None:
    """Start ``app``, stop it at SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await app.start()
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(app.wait_until_stopped())]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    await app.stop()
