"""A sealer and a verifier on a real broker: what is honest raises no alarm, and what is not is found."""

from datetime import UTC, datetime

import pytest

from audit import keys, online
from audit.pending import Watched
from audit.sealer import Cadence, Sealer
from govbus.envelope import Envelope
from govbus.ports import NullObserver
from govbus.settings import Home
from local.instance import Instance
from topics import broker
from topics.broker.bulk import Bulk

pytestmark = pytest.mark.kafka


def test_thin(bus: Instance, tmp_path) -> None:
    home = Home(bus.home)
    made = [
        Envelope(f"id-{n}", "/gov-data/test", "gov_data.ProofVerdict", datetime.now(UTC), "housing.verdict", b"k%d" % (n % 7), b"v%d" % n)
        for n in range(300)
    ]
    with broker.Producer(home, "admin") as out:
        out.send_all(made)
    sign = keys.open_signer(home)
    with Bulk(home, "sealer") as reader:
        sealer = Sealer(tmp_path, sign, reader, lambda seals: None, NullObserver(), Cadence(50, 0.5))
        sealer.watch([Watched("housing.verdict", n, 1096 * 86400000, True) for n in range(3)], {})
        total = 0
        while total < 300:
            total += sealer.round()
    public = keys.read([keys.folder_of(home) / "keys"])
    rows = [one.row for one in online.verify(home, public, tmp_path, ["housing.verdict"])]
    print(rows)
    assert all(row["verdict"] == "ok" for row in rows)
    assert sum(row["records"] for row in rows) == total
