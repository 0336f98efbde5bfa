"""Our own programs as supervisord runs them: one a worker slot, one an adapter, one monitor."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from local import site_plan
from local.supervise import Program

_GOVBUS = Path(sys.executable).with_name("govbus")
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


def ours(home: Path, project: Path, adapters: Iterable[str]) -> tuple[Program, ...]:
    """The programs of the instance at ``home``.

    :param project: folder that holds the rooms; the programs run in it
    :param adapters: ids of the declared adapters; a program is named like its adapter
    """
    words = {slot: ("worker", "--name", slot) for slot in site_plan.WORKERS}
    words |= {name: ("adapter", "run", name) for name in sorted(adapters)}
    words["monitor"] = ("monitor", "run")
    # Standard output is a pipe: without this a dying program's last words stay in its buffer.
    env = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"GOVBUS_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return tuple(Program(name=name, command=(str(_GOVBUS), *rest), folder=project, env=env) for name, rest in words.items())
