"""``python -m tests.live.runtime.ruled FOLDER``: a worker by a folder's exchanges, for what the project's own take days or years for."""

import sys
from pathlib import Path

from agents.loading import load_exchanges
from agents.runtime.worker import run_worker
from agents.wiring import make_desk
from govbus.ports import NullObserver
from govbus.settings import Home
from schemas.codec import Codec
from schemas.purposes import keys_of


def main(folder: Path) -> int:
    """The house's own worker; the exit code."""
    home = Home()
    desk = make_desk(home, load_exchanges(folder))
    return run_worker(home, "worker-1", desk, Codec.load(desk.records, keys=keys_of(home)), NullObserver())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
