"""A block of ports that one process was given is not given to another before it ends."""

import subprocess
import sys

from local import site_plan

ASK = "from local import site_plan; print(*(site_plan.free_ports().base for _ in range(5)), flush=True); input()"


def test_runs_beside_each_other_have_blocks_of_their_own() -> None:
    others = [subprocess.Popen([sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    given = [int(base) for other in others if other.stdout for base in other.stdout.readline().split()]
    given += [site_plan.free_ports().base for _ in range(20)]
    for other in others:
        other.communicate("\n", timeout=30)
    assert len(given) == len(set(given)) == 30
