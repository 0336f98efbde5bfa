"""What was measured, by version; read from what is installed, not from a list kept by hand."""

import json
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.environment import Environment
from local.parts import JAVA

_PROJECT = ("faust-streaming", "aiokafka", "confluent-kafka", "kafka-python", "fastavro", "uvloop")
_BENCH = ("quixstreams", "confluent-kafka", "fastavro")
_ASK = "import importlib.metadata as m, json, sys; print(json.dumps({name: m.version(name) for name in sys.argv[1:]}))"


def versions(environment: Environment) -> dict[str, str]:
    """Name to version, the project's own packages first, then the bench environment's, then the JVM's."""
    asked = subprocess.run([str(environment.python), "-c", _ASK, *_BENCH], capture_output=True, text=True, check=True)
    bench: dict[str, str] = json.loads(asked.stdout)
    told = subprocess.run([str(JAVA), "-version"], capture_output=True, text=True, check=True).stderr
    java = re.search(r'"([^"]+)"', told)
    return {
        "Python": platform.python_version(),
        **{name: version(name) for name in _PROJECT},
        "quixstreams": bench["quixstreams"],
        "confluent-kafka of Quix Streams": bench["confluent-kafka"],
        "Java": java[1] if java else "unknown",
        **_jars(environment.broker_jars, "kafka_2.13"),
        **_jars(environment.streams_jars, "kafka-streams", "avro"),
    }


def _jars(folder: Path, *names: str) -> dict[str, str]:
    return {name: next(folder.glob(f"{name}-[0-9]*.jar")).stem.removeprefix(f"{name}-") for name in names}
