"""Our own programs as supervisord runs them: one a worker slot, one an adapter, one monitor."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from local import site_plan
from local.supervise import Program

_GOVBUS = Path(sys.executable).with_name("govbus")
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


def adapters() -> tuple[str, ...]:
    """Ids of all declared adapters: one file each in ``adapters/declared``, named like its adapter."""
    folder = Path(__file__).resolve().parent.parent / "adapters" / "declared"
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


def ours(home: Path, project: Path, ids: Iterable[str], workers: int = 1) -> tuple[Program, ...]:
    """The programs of the instance at ``home``.

    :param project: folder that holds the rooms; the programs run in it
    :param ids: of the adapters to run; a program is named like its adapter
    :param workers: how many of the worker slots run
    """
    words: dict[str, tuple[str, ...]] = {name: ("adapter", "run", name) for name in ids}
    words |= {slot: ("worker", "--name", slot) for slot in site_plan.WORKERS}
    words["monitor"] = ("monitor", "run")
    named = [(name, words[name]) for name in site_plan.program_names(ids, workers)]
    # Standard output is a pipe: without this a dying program's last words stay in its buffer.
    env = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"GOVBUS_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return tuple(Program(name=name, command=(str(_GOVBUS), *rest), folder=project, env=env) for name, rest in named)
