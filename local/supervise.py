"""One supervisord an instance: it restarts what dies, rotates the logs, and is driven over a socket that only we can open.

Every program carries ``GOVBUS_PROGRAM_OF=<home>`` in its environment, so that :func:`orphans` finds what a killed supervisord left
behind by asking the system itself; a list of recorded process ids would be stale after the first restart.
"""

import configparser
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from govbus.errors import RetryLater, SetupError
from local.secrets_certs import write_private

MARK = "GOVBUS_PROGRAM_OF"
FIRST, SECOND, LAST = 100, 200, 900
"""Ranks: brokers and databases; what needs those; our own programs. Stopping goes the other way round."""

_GONE = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


@dataclass(frozen=True)
class Program:
    """One process that supervisord keeps."""

    name: str
    command: tuple[str, ...]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    stop_signal: str = "TERM"
    stop_wait_s: int = 20
    rank: int = LAST

    def section(self, home: Path) -> str:
        """Its part of supervisord's file. Whatever ends with another code than 0 is started again: at once when it ran for two seconds,
        else after one second more each time."""
        env = ",".join(f'{key}="{_plain(value)}"' for key, value in {**self.env, MARK: str(home)}.items())
        lines = {
            "command": " ".join(f'"{_plain(word)}"' for word in self.command),
            "directory": _plain(str(self.folder)),
            "environment": env,
            "autostart": "false",
            "autorestart": "unexpected",
            "exitcodes": "0",
            "startsecs": "2",
            "startretries": "100",
            "stopsignal": self.stop_signal,
            "stopwaitsecs": str(self.stop_wait_s),
            "stopasgroup": "false",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _plain(str(home / "logs" / f"{self.name}.log")),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "3",
            "priority": str(self.rank),
        }
        if self.user is not None:
            lines["user"] = str(self.user)
        return f"[program:{self.name}]\n" + "\n".join(f"{key}={value}" for key, value in lines.items()) + "\n"


class Supervisor:
    """The supervisord of the instance at ``home``."""

    def __init__(self, home: Path, socket: Path) -> None:
        self.home, self._socket, self._config = home, socket, home / "run" / "supervisord.conf"

    def open(self, programs: Iterable[Program]) -> None:
        """Run with exactly these programs; starts supervisord where it is away, and replaces programs whose declaration changed.

        :raises SetupError: supervisord does not come up
        """
        self._write(tuple(programs))
        if not self.alive():
            end_orphans(self.home)
            self._launch()
            return
        added, changed, removed = self._rpc().reloadConfig()[0]
        for name in (*changed, *removed):
            self.stop([name])
            self._rpc().removeProcessGroup(name)
        for name in (*added, *changed):
            self._rpc().addProcessGroup(name)

    def alive(self) -> bool:
        """Does it answer?"""
        try:
            return str(self._rpc().getState()["statename"]) == "RUNNING"
        except OSError:
            return False

    def start(self, name: str) -> None:
        """Start one program unless it runs; does not wait until it is ready."""
        if self.states().get(name) not in ("RUNNING", "STARTING", "BACKOFF"):
            self._rpc().startProcess(name, False)

    def stop(self, names: Iterable[str], timeout_s: float = 60) -> None:
        """Stop all these together and wait until every one is gone."""
        for name in names:
            try:
                self._rpc().stopProcess(name, False)
            except Fault:  # it was not running
                continue
        wanted = set(names)
        self._until(lambda: all(state in _GONE for name, state in self.states().items() if name in wanted), timeout_s, "stop")

    def restart(self, name: str) -> None:
        """Stop one program, then start it again."""
        self.stop([name])
        self.start(name)

    def signal(self, name: str, signal: str) -> None:
        """Send e.g. ``KILL`` or ``STOP`` to one program."""
        self._rpc().signalProcess(name, signal)

    def states(self) -> dict[str, str]:
        """Supervisord's word for every program: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL."""
        return {str(one["name"]): str(one["statename"]) for one in self._rpc().getAllProcessInfo()}

    def pid(self, name: str) -> int:
        """Process id, or 0 while it does not run."""
        return int(self._rpc().getProcessInfo(name)["pid"])

    def log(self, name: str) -> Path:
        """The program's log file; rotated ones end in ``.1`` and so on."""
        return self.home / "logs" / f"{name}.log"

    def close(self) -> None:
        """End all programs, ours before the servers, then supervisord, then whatever an earlier one left behind."""
        if self.alive():
            ranks = self._ranks()
            for rank in sorted(set(ranks.values()), reverse=True):
                self.stop([name for name in ranks if ranks[name] == rank])
            self._rpc().shutdown()
        end_orphans(self.home)
        self._socket.unlink(missing_ok=True)

    def _write(self, programs: tuple[Program, ...]) -> None:
        run, logs = self._config.parent, self.home / "logs"
        for folder in (run, logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        head: dict[str, dict[str, object]] = {
            "unix_http_server": {"file": self._socket, "chmod": "0700"},
            "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
            "supervisord": {
                "logfile": logs / "supervisord.log",
                "logfile_maxbytes": "10MB",
                "logfile_backups": 1,
                "pidfile": run / "supervisord.pid",
                "directory": self.home,
                "umask": "077",
                "user": os.geteuid(),
                "minfds": 1024,
            },
        }
        text = "".join(f"[{name}]\n" + "".join(f"{k}={_plain(str(v))}\n" for k, v in body.items()) + "\n" for name, body in head.items())
        write_private(self._config, text + "\n".join(one.section(self.home) for one in programs))

    def _ranks(self) -> dict[str, int]:
        """From the file, since another process may have opened this set."""
        file = configparser.RawConfigParser()
        file.read(self._config)
        return {name.removeprefix("program:"): file.getint(name, "priority") for name in file.sections() if name.startswith("program:")}

    def _launch(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        env = {**os.environ, MARK: str(self.home)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd=self.home, start_new_session=True)
        if done.returncode:
            msg = f"supervisord did not start with {self._config}: {(done.stdout + done.stderr).strip()[-400:]}"
            raise SetupError(msg)
        self._until(self.alive, 10, "start")

    def _rpc(self) -> Any:
        """A fresh proxy a call: the transport keeps a connection that dies with supervisord."""
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def _until(self, true: Any, timeout_s: float, what: str) -> None:
        deadline = time.monotonic() + timeout_s
        while not true():
            if time.monotonic() > deadline:
                msg = f"supervisord of {self.home} did not {what} within {timeout_s:.0f} s: {self.states()}; see {self.home / 'logs'}"
                raise RetryLater(msg)
            time.sleep(0.05)


def _plain(text: str) -> str:
    """Supervisord expands ``%(name)s`` in every value."""
    return text.replace("%", "%%")


def orphans(home: Path) -> list[int]:
    """Process ids of everything that a supervisord of ``home`` started, itself included."""
    mark = f"{MARK}={home}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:  # ended meanwhile, or another user's
            continue
    return found


def end_orphans(home: Path, patience_s: float = 15) -> None:
    """TERM, then KILL, to every process of ``home`` that is left; returns when none is."""
    deadline, sent = time.monotonic() + patience_s, False
    while found := orphans(home):
        late = time.monotonic() > deadline
        if late or not sent:
            for pid in found:
                _signal(pid, 9 if late else 15)
        sent = True
        time.sleep(0.1)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
