"""The history that is kept outside the system: one JSON line for every record sent, every acknowledgement and every fault."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from govbus.envelope import Envelope
from topics.broker import Position


class History:
    """Appends lines; several threads may write. Every line has ``ms``, the writer's wall clock."""

    def __init__(self, path: Path) -> None:
        self.path, self._lock, self._sending = path, threading.Lock(), 0
        self._file = path.open("a", encoding="utf-8", buffering=1)  # a killed run keeps every whole line

    @contextmanager
    def send(self) -> Iterator[None]:
        """While records are on their way: whoever judges then would miss what is acknowledged a moment later."""
        with self._lock:
            self._sending += 1
        try:
            yield
        finally:
            with self._lock:
                self._sending -= 1

    @property
    def quiet(self) -> bool:
        """Nobody sends."""
        return not self._sending

    def sending(self, envelope: Envelope, kind: str) -> None:
        """Before the first attempt: from now on the record may be in the log."""
        self._write(op="sending", id=envelope.id, topic=envelope.topic, kind=kind)

    def acknowledged(self, envelope: Envelope, position: Position) -> None:
        """The broker has it, there; an acknowledged record must never be missing."""
        place = {"topic": position.topic, "partition": position.partition, "offset": position.offset}
        self._write(op="acknowledged", id=envelope.id, **place)

    def unknown(self, envelope: Envelope, why: str) -> None:
        """Not acknowledged: it may be in the log or not, and is sent again."""
        self._write(op="unknown", id=envelope.id, why=why)

    def fault(self, name: str, target: str, **more: Any) -> None:
        """Something was done to the system, or it did something by itself (a process ended)."""
        self._write(op="fault", fault=name, target=target, **more)

    def lines(self) -> Iterator[dict[str, Any]]:
        """All lines so far, from the file."""
        with self._lock:
            self._file.flush()
        with self.path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)

    def close(self) -> None:
        """Nothing more comes."""
        self._file.close()

    def _write(self, **line: Any) -> None:
        text = json.dumps({"ms": int(time.time() * 1000), **line}, ensure_ascii=False)
        with self._lock:
            self._file.write(text + "\n")
