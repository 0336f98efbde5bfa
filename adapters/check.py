"""``govbus adapter check``: is what the declarations name there, and would the databases take the queries?"""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import text

from adapters.database import Database
from adapters.declaration import Adapter, CodeDoor, CodeSink, FileSource, RoundSource, Spec, SqlAnswerer, SqlSink, SqlSource, load_adapters
from adapters.holder import Asked, bound, for_all
from govbus.errors import BusError
from govbus.settings import Home
from topics.load import Catalogue, load


def faults(live: bool = False) -> list[dict[str, str]]:
    """Every fault of every adapter, as rows ``adapter``, ``what``.

    :raises SetupError: the files themselves cannot be read; the message names every fault of every file
    """
    catalogue, adapters = load(), load_adapters()
    found = [{"adapter": name, "what": what} for name, adapter in adapters.items() for what in _declared(adapter, catalogue)]
    if live:
        home = Home()
        here = {name: adapter for name, adapter in adapters.items() if name not in elsewhere(home)}
        found += [{"adapter": name, "what": what} for name, adapter in here.items() for what in _live(adapter, home)]
    return found


def elsewhere(home: Home) -> list[str]:
    """Adapters whose database ``site.yaml`` does not have: they run beside another department's system, on another machine."""
    declared = load_adapters().items()
    asked = {name: each.spec for name, each in declared if isinstance(each.spec, SqlSource | SqlSink | SqlAnswerer)}
    return [name for name, spec in asked.items() if spec.database not in home.site.databases]


def _declared(adapter: Adapter, catalogue: Catalogue) -> Iterator[str]:
    if adapter.meta.department not in catalogue.departments:
        yield f"department {adapter.meta.department} is not in topics/departments.yaml"
    spec = adapter.spec
    for topic in _topics(spec):
        if topic not in catalogue.topics:
            yield f"topic {topic} is not declared in topics/"
        elif not topic.startswith(f"{adapter.meta.department}."):
            yield f"topic {topic} belongs to another department"
    if isinstance(spec, CodeDoor) and spec.store not in load_adapters():
        yield f"store {spec.store} is no adapter"
    if isinstance(spec, FileSource):
        strangers = ({spec.card, spec.updated, *spec.dates, *spec.ends, *spec.codes}) - set(spec.columns.values())
        if strangers:
            yield f"fields without a column: {', '.join(sorted(strangers))}"


def _topics(spec: Spec) -> tuple[str, ...]:
    if isinstance(spec, SqlAnswerer):
        return spec.questions, spec.answers
    if isinstance(spec, RoundSource):
        return spec.topic, spec.pools
    if isinstance(spec, CodeSink):
        return spec.codes, spec.badges
    if isinstance(spec, CodeDoor):
        return ()
    return spec.topics if isinstance(spec, SqlSink) else (spec.topic,)


def _live(adapter: Adapter, home: Home) -> Iterator[str]:
    spec = adapter.spec
    if isinstance(spec, SqlSource):
        queries: Mapping[str, str] = {"query": f"SELECT * FROM ({spec.query}) q LIMIT 0"}  # noqa: S608  # the department's own declaration
    elif isinstance(spec, SqlAnswerer):
        queries = {item: for_all(rule.query) for item, rule in spec.items.items()}
    else:
        return
    for name, query in queries.items():
        try:
            database = Database(home, spec.database, spec.role, read_only=True)
            with database.begin() as link:
                values = bound({0: Asked(("",), date(2026, 1, 1), {})}) if isinstance(spec, SqlAnswerer) else {}
                link.execute(text(query), values)
            database.close()
        except BusError as error:
            yield f"{name}: {error}"
