"""One plaintext broker on loopback for all contestants, gone with its data when the measurement ends."""

import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from govbus.errors import RetryLater
from local import kafka
from local.parts import JAVA

PARTITIONS = 4
_READY_S = 60.0
_LOG4J = Path(__file__).resolve().parents[2] / "local" / "log4j2.properties"
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{client}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
"""


class Broker:
    """A running broker.

    :ivar bootstrap: ``host:port`` of its one listener, plaintext
    """

    def __init__(self, bootstrap: str, pid: int) -> None:
        self.bootstrap, self._pid = bootstrap, pid
        self._admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 2})

    def create(self, *topics: str) -> None:
        """New topics of PARTITIONS partitions.

        :raises RetryLater: the broker did not make one
        """
        try:
            for made in self._admin.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics]).values():
                made.result(30)
        except KafkaException as error:
            msg = f"topics {', '.join(topics)}: {error}"
            raise RetryLater(msg) from error

    def delete(self, *topics: str) -> None:
        """Remove topics, so that one contestant's gigabytes are not on the next one's disk."""
        for gone in self._admin.delete_topics(list(topics)).values():
            gone.result(30)

    @contextmanager
    def aside(self, core: int) -> Iterator[None]:
        """Leaves ``core`` to somebody else, who is bound to it."""
        cores = os.sched_getaffinity(0)
        self._bind(cores - {core} or cores)
        try:
            yield
        finally:
            self._bind(cores)

    def _bind(self, cores: Iterable[int]) -> None:
        words = ("taskset", "--all-tasks", "--cpu-list", "--pid", ",".join(map(str, sorted(cores))), str(self._pid))
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)

    def answers(self) -> bool:
        """Is it up?"""
        with suppress(KafkaException):
            return bool(self._admin.list_topics(timeout=1).brokers)
        return False


@contextmanager
def running(folder: Path, classpath: str) -> Iterator[Broker]:
    """A broker with its data below ``folder``, on free ports.

    :raises RetryLater: it did not come up; the message ends with its last words
    """
    client, controller = _free_ports(2)
    config, log = folder / "server.properties", folder / "kafka.log"
    config.write_text(kafka.ALONE + _PROPERTIES.format(client=client, controller=controller, data=folder / "data"))
    java = (str(JAVA), kafka.COLLECTOR, "-Xmx512m", f"-Dlog4j2.configurationFile={_LOG4J}", "-cp", classpath)
    format_words = ("kafka.tools.StorageTool", "format", "-t", kafka.cluster_id(), "-c", str(config), "--standalone")
    with log.open("w") as out:
        subprocess.run([*java, *format_words], stdout=out, stderr=out, check=True)
        process = subprocess.Popen([*java, "kafka.Kafka", str(config)], stdout=out, stderr=out)
    try:
        broker = Broker(f"127.0.0.1:{client}", process.pid)
        _wait(broker, process, log)
        yield broker
    finally:
        process.terminate()
        process.wait(30)


def _wait(broker: Broker, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while not broker.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            msg = f"the benchmark's broker does not answer: {log.read_text()[-600:]}"
            raise RetryLater(msg)
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody has now; all are held until all are known, so they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()
