"""Our own programs as supervisord runs them: one a worker slot, one an adapter, one monitor, one sealer."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from local import site_plan
from local.supervise import Program

_GOVBUS = Path(sys.executable).with_name("govbus")
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


def adapters(holders: bool = False) -> tuple[str, ...]:
    """Ids of the declared adapters that run on this machine.

    :param holders: also those of every other holder of a proof item
    """
    others = tuple(name for each in site_plan.holders().values() for name in each)
    return (*site_plan.adapters(), *(others if holders else ()))


def ours(home: Path, project: Path, ids: Iterable[str], workers: int = 1) -> tuple[Program, ...]:
    """The programs of the instance at ``home``.

    :param project: folder that holds the rooms; the programs run in it
    :param ids: of the adapters to run; a program is named like its adapter
    :param workers: how many of the worker slots run
    """
    words: dict[str, tuple[str, ...]] = {name: ("adapter", "run", name) for name in ids}
    words |= {slot: ("worker", "--name", slot) for slot in site_plan.WORKERS}
    words |= {"monitor": ("monitor", "run"), "sealer": ("audit", "seal", "run")}
    named = [(name, words[name]) for name in site_plan.program_names(ids, workers)]
    # Standard output is a pipe: without this a dying program's last words stay in its buffer.
    env = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"GOVBUS_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return tuple(Program(name=name, command=(str(_GOVBUS), *rest), folder=project, env=env) for name, rest in named)
