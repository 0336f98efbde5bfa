"""Exports for auditors: masked unless four eyes say otherwise, whole, and going on where they were ended.

A folder with a file for each stretch of at most :data:`STRETCH` records of a partition, and ``manifest.json``: what was asked, how many
records, which could not be read, the SHA-256 of each file, and the seals under which the exported offsets lie.
What is asked and where the log ended stand in ``progress.json`` from the beginning, so that a run that was killed gives the same files as
one that was not.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from audit import keys
from audit.chain import Chain
from audit.export_formats import write
from audit.export_kinds import Kind
from audit.masking import latest, masked, masked_schema
from audit.online import readable
from govbus.envelope import Envelope, from_ms, read_record, to_iso
from govbus.errors import Poison, SetupError
from govbus.settings import Home, failpoint
from schemas.codec import Codec
from schemas.purposes import keys_of
from topics.broker.bulk import Bulk, Place, Raw, drain
from topics.load import load

STRETCH = 10_000
READER = "auditor"
Progress = Callable[[int, int], None]  # offsets done, offsets in all


class Asked(NamedTuple):
    """What is exported.

    :param since, until: log time, milliseconds, from and before; 0: no limit
    :param subject: pseudonym; :param case: id of a case or a request; empty: all
    :param unmasked: id of the approved request; empty: masked
    """

    topics: tuple[str, ...]
    kind: str
    since: int = 0
    until: int = 0
    subject: str = ""
    case: str = ""
    unmasked: str = ""


class Export:
    """One export into one folder."""

    def __init__(self, home: Home, folder: Path, asked: Asked) -> None:
        """:raises SetupError: the folder holds another export, or a topic may not be read"""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home, self.folder, self.asked = home, folder, asked
        self._codec, self._records = Codec.load(load().records, keys=keys_of(home)), load().records
        self._state = self._begun()
        self._unreadable: list[dict[str, Any]] = []  # of the stretch that is being read

    def run(self, progress: Progress = lambda _, __: None) -> dict[str, Any]:
        """Write what is left, then the manifest; its content.

        :raises RetryLater: the broker is away; the same call goes on
        """
        total, done = sum(end - first for first, end in self._ends().values()), 0
        for place, (first, end) in self._ends().items():
            at = self._state["next"].get(_name(place), first)
            done += at - first
            with Bulk(self.home, READER) as bulk:
                for start, behind, rows in self._stretches(bulk, place, at, end):
                    self._put(place, start, behind, rows)
                    progress(done + behind - at, total)
            done += end - at
        return self._manifest()

    def _stretches(self, bulk: Bulk, place: Place, at: int, end: int) -> Iterator[tuple[int, int, list[dict[str, Any]]]]:
        """(first offset, offset behind, wanted rows) until the end; a stretch is so many records, wanted or not."""
        start, rows, seen = at, list[dict[str, Any]](), 0
        if at < end:
            bulk.open({place: at})
            for polled in drain(bulk, {place: end}):
                for raw in polled.records.get(place, ()):
                    if raw[0] >= end:
                        break
                    rows += self._row(place, raw)
                    seen += 1
                    if seen == STRETCH:
                        yield start, raw[0] + 1, rows
                        start, rows, seen = raw[0] + 1, [], 0
        if start < end:
            yield start, end, rows

    def _row(self, place: Place, raw: Raw) -> Iterator[dict[str, Any]]:
        offset, at_ms, key, value, headers = raw
        wanted = self.asked
        if at_ms < wanted.since or (wanted.until and at_ms >= wanted.until) or (wanted.subject and key != wanted.subject.encode()):
            return
        pairs = [(name, bytes(each or b"")) for name, each in headers]
        if wanted.case and wanted.case.encode() not in [each for name, each in pairs if name in ("ce_id", "ce_correlationid")]:
            return
        try:
            envelope = read_record(*place, offset, at_ms, key, value, pairs)
            data = self._codec.decode(place[0], envelope.value)[1]
        except Poison as bad:  # it lies in quarantine, whole; here it is said to be left out
            self._unreadable.append({"topic": place[0], "partition": place[1], "offset": offset, "reason": bad.reason.value})
            return
        yield _head(envelope) | {"data": data if wanted.unmasked else masked(latest(envelope.type), data)}

    def _put(self, place: Place, start: int, behind: int, rows: list[dict[str, Any]]) -> None:
        if rows:
            name = f"{_name(place)}-{start:012d}.{self.asked.kind}"
            fresh = self.folder / f".{name}.part"
            schema = latest(self._records[place[0]])
            write(Kind(self.asked.kind), fresh, schema if self.asked.unmasked else masked_schema(schema), rows)
            digest = hashlib.sha256(fresh.read_bytes()).hexdigest()
            fresh.replace(self.folder / name)
            told = {"file": name, "topic": place[0], "partition": place[1], "first": rows[0]["offset"], "last": rows[-1]["offset"]}
            failpoint("audit.export")
            self._state["files"] = [each for each in self._state["files"] if each["file"] != name]
            self._state["files"].append({**told, "records": len(rows), "sha256": digest})
        self._state["unreadable"] += self._unreadable
        self._unreadable = []
        self._state["next"][_name(place)] = behind
        self._save()

    def _begun(self) -> dict[str, Any]:
        path, asked = self.folder / "progress.json", self.asked._asdict()
        if path.exists():
            state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if state["asked"] != json.loads(json.dumps(asked)):
                msg = f"{self.folder} holds another export; take a new folder"
                raise SetupError(msg)
            return state
        places = readable(self.home, self.asked.topics, READER)
        with Bulk(self.home, READER, committed=False) as bulk:
            spans = bulk.spans(dict.fromkeys(places))
        self._state = {"asked": asked, "ends": {_name(place): span for place, span in spans.items()}, "next": {}, "files": []}
        self._state["unreadable"] = []
        self._save()
        return self._state

    def _ends(self) -> dict[Place, tuple[int, int]]:
        return {(name.rpartition("-")[0], int(name.rpartition("-")[2])): (span[0], span[1]) for name, span in self._state["ends"].items()}

    def _save(self) -> None:
        fresh = self.folder / ".progress.new"
        fresh.write_text(json.dumps(self._state, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        fresh.replace(self.folder / "progress.json")

    def _manifest(self) -> dict[str, Any]:
        asked: dict[str, Any] = {**self._state["asked"], "masked": not self.asked.unmasked}
        files = sorted(self._state["files"], key=lambda each: each["file"])
        seals = {_name(place): list(self._seals(place, span)) for place, span in self._ends().items()}
        count, unreadable = sum(each["records"] for each in files), self._state["unreadable"]
        told = {"asked": asked, "records": count, "unreadable": unreadable, "files": files, "seals": seals}
        (self.folder / "manifest.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        return told

    def _seals(self, place: Place, span: tuple[int, int]) -> Iterator[Mapping[str, Any]]:
        """The seals over these offsets, where this machine has the sealer's files."""
        for seal in Chain(keys.folder_of(self.home), *place).seals():
            if span[0] <= seal.statement.last and seal.statement.first < span[1]:
                yield {"first": seal.statement.first, "last": seal.statement.last, "root": seal.statement.root, "seal": seal.digest}


def milliseconds(moment: datetime | None) -> int:
    """A log time as the broker counts it; 0 for none."""
    return int(moment.timestamp() * 1000) if moment else 0


def _head(one: Envelope) -> dict[str, Any]:
    return {
        "topic": one.topic, "partition": one.partition, "offset": one.offset, "log_time": to_iso(from_ms(one.recorded_ms)),
        "event_time": to_iso(one.time), "id": one.id, "type": one.type, "source": one.source, "key": one.key.decode(),
        "correlation_id": one.correlation_id, "causation_id": one.causation_id,
    }  # fmt: skip


def _name(place: Place) -> str:
    return f"{place[0]}-{place[1]}"
