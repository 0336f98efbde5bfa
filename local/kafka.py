"""The broker: one KRaft node, TLS and SCRAM for clients, certificates between its own parts, nobody in without an ACL."""

import base64
import subprocess
import uuid
from pathlib import Path

from govbus.errors import SetupError
from local.parts import JAVA, Parts
from local.secrets_certs import write_private
from local.site_plan import Ports
from local.supervise import FIRST, Program

HEAP = ("-Xmx512m", "-XX:+ExitOnOutOfMemoryError")
"""Without room a broker collects garbage for ever and answers nobody (seen with 256 MiB and 613 partitions): better that it ends, and is
started again."""
COLLECTOR = "-XX:+UseParallelGC"
"""The serial one stops every transaction for 19 to 37 ms each few seconds, and was the p99 of single checks; this one for 7."""
_LOG4J = Path(__file__).with_name("log4j2.properties")
_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=CLIENT://{bind}:{client},INTERNAL://127.0.0.1:{internal},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://{bind}:{client},INTERNAL://127.0.0.1:{internal}
listener.security.protocol.map=CLIENT:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL
inter.broker.listener.name=INTERNAL
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={certs}/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location={certs}/ca.pem
listener.name.internal.ssl.client.auth=required
listener.name.controller.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:CN=broker;User:admin
allow.everyone.if.no.acl.found=false
connections.max.reauth.ms=3600000
log.dirs={data}
num.partitions=3
default.replication.factor=1
min.insync.replicas=1
"""
ALONE = """auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
"""
"""Properties of a broker that is alone, whoever may use it."""


def prepare(home: Path, parts: Parts, ports: Ports, admin_password: str) -> Program:
    """Write the broker's file, format its storage on first start with principal ``admin``, and say how it is run."""
    folder = home / "kafka"
    folder.mkdir(mode=0o700, exist_ok=True)
    config = folder / "server.properties"
    text = properties(
        client=ports.of("kafka"),
        internal=ports.of("kafka-internal"),
        controller=ports.of("kafka-controller"),
        certs=home / "certs",
        data=folder / "data",
    )
    write_private(config, text)
    if not (folder / "data" / "meta.properties").exists():
        _format(folder, parts, config, admin_password)
    return Program(
        name="kafka",
        command=(*_java(home, parts), *HEAP, "kafka.Kafka", str(config)),
        folder=folder,
        stop_wait_s=30,
        rank=FIRST,
    )


def properties(*, client: int, internal: int, controller: int, certs: Path, data: Path, bind: str = "127.0.0.1", name: str = "") -> str:
    """The broker's file. Its inner listeners stay on loopback.

    :param bind: address of the client listener
    :param name: host by which clients reach it; the same unless told
    """
    text = _PROPERTIES.format(client=client, internal=internal, controller=controller, certs=certs, data=data, bind=bind, name=name or bind)
    return text.lstrip() + ALONE


def cluster_id() -> str:
    """A fresh one, in Kafka's own spelling of a UUID. None starts with a dash: the tool that formats would take it for an option, which
    made one start in 64 fail."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made


def format_words(config: Path, admin_password: str) -> tuple[str, ...]:
    """Java's words that format a new storage with principal ``admin``."""
    scram = f"SCRAM-SHA-512=[name=admin,password={admin_password}]"
    return ("kafka.tools.StorageTool", "format", "-t", cluster_id(), "-c", str(config), "--standalone", "--add-scram", scram)


def argument_file(words: tuple[str, ...]) -> str:
    """Java's argument file: the storage tool takes the first password on its command line only, where every user of the machine
    could read it."""
    return "\n".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)


def _java(home: Path, parts: Parts) -> tuple[str, ...]:
    log4j = f"-Dlog4j2.configurationFile={_LOG4J}"
    return (str(JAVA), COLLECTOR, f"-Djava.io.tmpdir={home / 'tmp'}", log4j, "-cp", parts.kafka_classpath)


def _format(folder: Path, parts: Parts, config: Path, admin_password: str) -> None:
    arguments = folder / "format.args"
    write_private(arguments, argument_file((*_java(folder.parent, parts)[1:], *format_words(config, admin_password))))
    try:
        done = subprocess.run([str(JAVA), f"@{arguments}"], capture_output=True, text=True, check=False)
    finally:
        arguments.unlink()
    if done.returncode:
        msg = f"Kafka's storage in {folder} could not be formatted: {done.stderr.strip().replace(admin_password, '…')[-400:]}"
        raise SetupError(msg)
