"""Programs of an instance: more workers move nobody's port, and the site names those that run."""

from pathlib import Path

from local import places, programs, site_plan
from local.instance import Instance


def instance(tmp_path: Path, workers: int) -> Instance:
    return Instance(tmp_path, site_plan.Ports(23400), programs.ours(tmp_path, tmp_path, ("housing.requests",), workers))


def test_more_workers_keep_everybody_elses_port(tmp_path: Path) -> None:
    one, three = instance(tmp_path, 1), instance(tmp_path, 3)
    assert one.workers == ("worker-1",)
    assert three.workers == ("worker-1", "worker-2", "worker-3")
    assert one.targets.items() <= three.targets.items()
    assert set(three.targets) - set(one.targets) == {"worker-2", "worker-3"}


def test_every_slot_may_log_in_whether_it_runs_or_not() -> None:
    assert set(site_plan.WORKERS) <= set(site_plan.principals())


def test_a_home_that_was_removed_leaves_no_servers_to_the_next_one_of_its_path(tmp_path: Path) -> None:
    stale = places.outside(tmp_path / "home") / "postgres-housing"
    stale.mkdir()
    made = Instance(tmp_path / "home", site_plan.Ports(23400))
    try:
        made.prepare()
        assert not stale.exists()
        stale.mkdir()
        made.prepare()
        assert stale.exists(), "a home that is there keeps its data"
    finally:
        made.stop(purge=True)
