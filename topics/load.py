"""Reads all declarations of this room and checks them against each other; every fault is told at once, by file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import ValidationError

from govbus.errors import SetupError
from govbus.settings import Declared
from schemas import release
from topics.declaration import Department, Dialogue, Limits, Meta, Register, Topic
from topics.grants import Grant, GrantFile, Grants

ROOM = Path(__file__).parent
Kind = TypeVar("Kind", bound=Declared)


class Fault(NamedTuple):
    """One thing that is wrong in one file."""

    file: str
    what: str


@dataclass(frozen=True)
class Catalogue:
    """Everything that is declared in ``topics/``."""

    departments: Mapping[str, Department]
    topics: Mapping[str, Topic]
    grants: Grants
    quota: Limits

    @property
    def records(self) -> dict[str, str]:
        """Record type by topic, for :meth:`schemas.codec.Codec.load`."""
        return {name: topic.spec.record for name, topic in self.topics.items()}

    @property
    def parties(self) -> tuple[str, ...]:
        """Departments that take part in cases."""
        return tuple(name for name, department in self.departments.items() if "case" in department.roles)

    @property
    def limits(self) -> dict[str, int]:
        """Largest batch by topic, bytes, for :class:`topics.broker.Producer`."""
        return {name: topic.spec.max_bytes for name, topic in self.topics.items()}


@dataclass
class _Reading:
    folder: Path
    faults: list[Fault] = field(default_factory=list)

    def read(self, path: Path, kind: type[Kind]) -> Kind | None:
        name = str(path.relative_to(self.folder))
        try:
            return kind.model_validate(yaml.safe_load(path.read_text()))
        except ValidationError as error:
            told = (Fault(name, f"{'.'.join(map(str, one['loc']))}: {one['msg']}") for one in error.errors())
            self.faults.extend(told)
        except (OSError, yaml.YAMLError) as error:
            self.faults.append(Fault(name, f"cannot be read: {error}"))
        return None


@cache
def load(folder: Path = ROOM) -> Catalogue:
    """The catalogue, read once a process.

    :raises SetupError: with all faults, one a line
    """
    reading = _Reading(folder)
    catalogue = _read(reading)
    faults = reading.faults + (list(_cross_faults(catalogue)) if catalogue else [])
    if faults or not catalogue:
        lines = "\n".join(f"  {fault.file}: {fault.what}" for fault in faults)
        msg = f"the declarations in {folder} contradict themselves:\n{lines}"
        raise SetupError(msg)
    return catalogue


def records() -> dict[str, str]:
    """Record type by topic of this project."""
    return load().records


def _read(reading: _Reading) -> Catalogue | None:
    register = reading.read(reading.folder / "departments.yaml", Register)
    dialogue = reading.read(reading.folder / "catalog" / "dialogue.yaml", Dialogue)
    files = [path for path in sorted((reading.folder / "catalog").glob("*.yaml")) if path.name != "dialogue.yaml"]
    own = [topic for path in files if (topic := reading.read(path, Topic))]
    given = [one for path in sorted((reading.folder / "grants").glob("*.yaml")) if (one := reading.read(path, GrantFile))]
    for path, topic in zip(files, own, strict=False):
        if len(own) == len(files) and path.stem != topic.name:
            reading.faults.append(Fault(f"catalog/{path.name}", f"the file of topic {topic.name} is named catalog/{topic.name}.yaml"))
    if not register or not dialogue:
        return None
    names = [one.id for one in register.departments]
    reading.faults += [Fault("departments.yaml", f"{name} is there twice") for name in {n for n in names if names.count(n) > 1}]
    topics = [*own, *_dialogue_topics(register.departments, dialogue)]
    grants = [grant for one in given for grant in one.grants]
    return Catalogue({d.id: d for d in register.departments}, {t.name: t for t in topics}, Grants(grants), register.quota)


def _dialogue_topics(departments: tuple[Department, ...], dialogue: Dialogue) -> Iterator[Topic]:
    for department in departments:
        for role in department.roles:
            for word, part in getattr(dialogue, role).items():
                meta = Meta(name=f"{department.id}.{word}", owner=department.id, **part.meta.model_dump())
                yield Topic(meta=meta, spec=part.spec, access=part.access)


def _cross_faults(catalogue: Catalogue) -> Iterator[Fault]:
    released = release.load().latest()
    for topic in catalogue.topics.values():
        file = f"catalog/{topic.name}.yaml"
        first = topic.name.split(".", 1)[0]
        if topic.meta.owner not in catalogue.departments:
            yield Fault(file, f"owner {topic.meta.owner} is not in departments.yaml")
        if first != topic.meta.owner and (first, topic.meta.owner) != ("bus", "gov-data"):
            yield Fault(file, f"the name must begin with its owner: {topic.meta.owner}.…")
        if topic.spec.record not in released:
            yield Fault(file, f"record type {topic.spec.record} is not in schemas/release.json")
        else:
            level: Any = release.text(released[topic.spec.record])["level"]
            if topic.meta.classification < level:
                yield Fault(file, f"classified {topic.meta.classification}, but its record {topic.spec.record} is {level}")
    yield from _partition_faults(catalogue)
    for grant in catalogue.grants.all:
        yield from _grant_faults(grant, catalogue)


def _partition_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """What workers read and keep must be cut alike: a request, its answer and its state meet in one worker by partition number."""
    worked = [topic for topic in catalogue.topics.values() if "worker" in topic.access.read]
    if len({topic.spec.partitions for topic in worked}) > 1:
        told = ", ".join(f"{topic.name} {topic.spec.partitions}" for topic in worked)
        yield Fault("catalog", f"all topics that workers read need one number of partitions: {told}")


def _grant_faults(grant: Grant, catalogue: Catalogue) -> Iterator[Fault]:
    for role, name in (("department", grant.department), ("holder", grant.holder), ("approver", grant.approver)):
        if name not in catalogue.departments:
            yield Fault("grants", f"{grant.id}: {role} {name} is not in departments.yaml")
    if (department := catalogue.departments.get(grant.department)) and "asker" not in department.roles:
        yield Fault("grants", f"{grant.id}: {grant.department} has not the role asker, so the grant gives it nothing")
    if sum(one.id == grant.id for one in catalogue.grants.all) > 1:
        yield Fault("grants", f"{grant.id} is there twice")
