"""A bed of three brokers: each record on all three, acknowledged when two have it; one of them may die at any time."""

import subprocess
from functools import partial
from pathlib import Path

from confluent_kafka.admin import AdminClient

from govbus.errors import SetupError
from local import kafka, site_plan
from local.parts import JAVA, Parts
from local.secrets_certs import write_private
from local.supervise import FIRST, Program
from tests.faults.bed import Bed, until
from topics.broker.bulk import connection

COUNT = 3
_LOOK_S = 10.0
_TOGETHER = """
node.id={number}
controller.quorum.voters={voters}
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
broker.session.timeout.ms=6000
"""


class Cluster(Bed):
    """Three nodes, each broker and controller; a node that is stopped is killed (-9) and stays away."""

    settle_ms = 12_000  # twice as long as a broker that died is waited for
    brokers = tuple(f"kafka-{number}" for number in range(1, COUNT + 1))

    def __init__(self, folder: Path) -> None:
        """:param folder: as for every bed"""
        super().__init__(folder)
        blocks = {self.ports.base: self.ports}
        while len(blocks) < COUNT:
            found = site_plan.free_ports()
            blocks[found.base] = found
        self.blocks = tuple(blocks.values())

    @property
    def bootstrap(self) -> str:
        """All three."""
        return ",".join(f"127.0.0.1:{ports.of('kafka')}" for ports in self.blocks)

    def leader(self, topic: str, partition: int) -> str:
        """The name of the broker that leads this partition now."""
        found = self._looker().list_topics(topic, _LOOK_S).topics[topic].partitions[partition]
        return self.brokers[found.leader - 1]

    def kill(self, name: str) -> None:
        """kill -9; it stays away until :meth:`start_broker`."""
        self.supervisor.stop([name])

    def await_in_sync(self, seconds: float) -> None:
        """Wait until every partition is on all three again: only then may another die."""
        looker = self._looker()

        def whole() -> bool:
            topics = looker.list_topics(timeout=_LOOK_S).topics.values()
            return all(len(part.isrs) == COUNT for topic in topics for part in topic.partitions.values())

        until("all replicas are in sync", whole, seconds)

    def _looker(self) -> AdminClient:
        return AdminClient(connection(self.home, "admin"))

    def _programs(self, found: Parts) -> list[Program]:
        make = partial(self._node, found, kafka.cluster_id())
        return [make(number, name) for number, name in enumerate(self.brokers, 1)]

    def _node(self, found: Parts, cluster: str, number: int, name: str) -> Program:
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        config = folder / "server.properties"
        write_private(config, self._properties(number, folder))
        java = (kafka.COLLECTOR, f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-cp", found.kafka_classpath)
        self._format(folder, (*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config)))
        log4j = f"-Dlog4j2.configurationFile={Path(kafka.__file__).with_name('log4j2.properties')}"
        command = (str(JAVA), *kafka.HEAP, log4j, *java, "kafka.Kafka", str(config))
        return Program(name=name, command=command, folder=folder, stop_signal="KILL", rank=FIRST)

    def _properties(self, number: int, folder: Path) -> str:
        """Of two lines with one name, Java takes the later."""
        ports = self.blocks[number - 1]
        inner = {"internal": ports.of("kafka-internal"), "controller": ports.of("kafka-controller")}
        alone = kafka.properties(client=ports.of("kafka"), **inner, certs=self.folder / "certs", data=folder / "data")
        voters = ",".join(f"{one}@127.0.0.1:{each.of('kafka-controller')}" for one, each in enumerate(self.blocks, 1))
        kept = "".join(line for line in alone.splitlines(True) if not line.startswith("controller.quorum.bootstrap.servers"))
        return kept + _TOGETHER.format(number=number, voters=voters)

    def _format(self, folder: Path, words: tuple[str, ...]) -> None:
        """With the admin's password, which only a file may hold: see :func:`local.kafka.argument_file`."""
        arguments, password = folder / "format.args", self.home.secret("kafka.admin").get_secret_value()
        write_private(arguments, kafka.argument_file((*words, "--add-scram", f"SCRAM-SHA-512=[name=admin,password={password}]")))
        done = subprocess.run([str(JAVA), f"@{arguments}"], capture_output=True, text=True, check=False)
        arguments.unlink()
        if done.returncode:
            msg = f"{folder}: {done.stderr.strip().replace(password, '…')[-400:]}"
            raise SetupError(msg)
