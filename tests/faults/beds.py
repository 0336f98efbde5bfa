"""Beds of other kinds: one whose disk can be filled, one whose workers sit behind lines of their own."""

import errno
import os
import subprocess
from pathlib import Path

from local.parts import Parts
from local.supervise import Program
from tests.faults.bed import SLOTS, Bed
from tests.faults.link import Link

ROOM = "768m"  # of the small disk
_LISTENER = """
listener.name.{low}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class SmallBed(Bed):
    """The broker's log folder is a disk of its own, in memory; mounting it needs root."""

    @property
    def _disk(self) -> Path:
        return self.folder / "kafka" / "data"

    def fill(self) -> None:
        """Somebody's file takes all the room there is."""
        with (self._disk / "filler").open("wb") as file:
            size = 0
            for piece in (1 << 20, 1 << 12):
                size = _grown(file.fileno(), size, piece)

    def give_room(self) -> None:
        """The file is gone."""
        (self._disk / "filler").unlink()

    def close(self) -> None:
        """End the broker, then take its disk away."""
        super().close()
        if self._disk.is_mount():
            subprocess.run(["umount", str(self._disk)], check=True)

    def _programs(self, found: Parts) -> list[Program]:
        self._disk.mkdir(mode=0o700, parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "govbus-faults", str(self._disk)], check=True)
        return super()._programs(found)


def _grown(file: int, size: int, piece: int) -> int:
    """The size of the file when not one ``piece`` more goes in."""
    try:
        while True:
            os.posix_fallocate(file, size, piece)
            size += piece
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
    return size


class LinkedBed(Bed):
    """Each worker has a listener of its own at the broker, whose advertised port is a line's: whatever it asks goes over that line."""

    def __init__(self, folder: Path) -> None:
        """:param folder: as for every bed"""
        super().__init__(folder)
        first = self.ports.base + 100 - 2 * len(SLOTS)  # the end of the block; site_plan puts nothing there
        self.links = {slot: Link(listen=first + 2 * number, to=first + 2 * number + 1) for number, slot in enumerate(SLOTS)}

    def home_of(self, slot: str) -> Path:
        """Secrets and certificates are the bed's, only the broker's place differs."""
        return self.folder / "behind" / slot

    def close(self) -> None:
        """End the broker, then the lines."""
        super().close()
        for link in self.links.values():
            link.close()

    def _programs(self, found: Parts) -> list[Program]:
        for slot, link in self.links.items():
            home = self.home_of(slot)
            home.mkdir(parents=True)
            (home / "secrets").symlink_to(self.folder / "secrets")
            self.write_site(home, f"127.0.0.1:{link.listen}")
            link.open()
        programs = super()._programs(found)
        with (self.folder / "kafka" / "server.properties").open("a") as file:
            file.write(self._listeners((self.folder / "kafka" / "server.properties").read_text()))
        return programs

    def _listeners(self, text: str) -> str:
        """Lines that take the place of those in ``text``: of two with one name, Java takes the later."""
        said = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        more = ""
        for slot, link in self.links.items():
            name = slot.replace("-", "").upper()
            said["listeners"] += f",{name}://127.0.0.1:{link.to}"
            said["advertised.listeners"] += f",{name}://127.0.0.1:{link.listen}"
            said["listener.security.protocol.map"] += f",{name}:SASL_SSL"
            more += _LISTENER.format(low=name.lower())
        changed = ("listeners", "advertised.listeners", "listener.security.protocol.map")
        return "".join(f"{name}={said[name]}\n" for name in changed) + more
