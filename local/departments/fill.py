"""Fill the departments of one instance with synthetic people; a second call finds everything done."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

from govbus.settings import Home
from local import cases, site_plan
from local.departments import civil_affairs, disabled_federation, public_security, scenario_nights
from local.departments.people import SEED, Family, families
from local.departments.tables import Tables, load

_HERE = Path(__file__).parent
_HOLDERS: dict[str, Callable[[Iterable[Family]], Tables]] = {
    "public-security": public_security.tables,
    "civil-affairs": civil_affairs.tables,
}


class Instance(Protocol):
    """What this room needs of a running set."""

    home: Path

    @property
    def holders(self) -> tuple[str, ...]:
        """Departments whose database is in the shared server; where there are any, every holder also has the scenarios' rows."""

    def dsn(self, database: str, role: str) -> str:
        """Connection string of a department's database."""


def fill(instance: Instance, people: int = 200_000, seed: int = SEED) -> dict[str, dict[str, int]]:
    """Tables, rows and rights of every department, and the nightly files; rows by department and table or file.

    Departments that hold this very population already are left alone, and so are their files: old ones may be in ``done/`` by now.

    :param people: a multiple of four
    """
    wanted = instance.holders
    mark = _mark(people, seed, bool(wanted))
    drop = Home(instance.home).site.drops["disabled-federation"]
    counts = {name: _filled(instance.dsn(name, "owner"), mark) for name in _HOLDERS}
    empty = [name for name, found in counts.items() if not found]
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:  # never fork: the caller has threads
        jobs = {name: pool.submit(_holder, name, instance.dsn(name, "owner"), mark, people, seed, bool(wanted)) for name in empty}
        files = _files(drop, mark, people, seed, bool(wanted))
        _housing(instance, mark if wanted else "")
        for name in wanted:
            _shared(name, instance.dsn(name, "owner"), mark)
        return counts | {name: job.result() for name, job in jobs.items()} | {"disabled-federation": files}


def _filled(dsn: str, mark: str) -> dict[str, int]:
    """What the note of an earlier fill says; nothing where there was none, or one of another population."""
    with psycopg.connect(dsn) as link:
        link.execute("CREATE TABLE IF NOT EXISTS fill_note (mark text NOT NULL, relation text NOT NULL, count bigint NOT NULL)")
        return dict(link.execute("SELECT relation, count FROM fill_note WHERE mark = %s ORDER BY relation", (mark,)).fetchall())


def _holder(name: str, dsn: str, mark: str, count: int, seed: int, with_cases: bool) -> dict[str, int]:
    """One holder's database, in one transaction: a fill that is killed half way leaves nothing."""
    with psycopg.connect(dsn) as link:
        tables = _HOLDERS[name](families(count, seed))
        # All of them, those of other programs of this department that are not filled too: the script makes them anew.
        held = link.execute("SELECT tablename FROM pg_tables WHERE tableowner = current_user AND tablename <> 'fill_note'").fetchall()
        for (table,) in held:
            link.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(table)))
        link.execute(_script(name, "schema"))
        counts = load(link, tables)
        if with_cases:
            cases.insert(link, name)
        link.execute(_script(name, "rights"))
        link.execute("DELETE FROM fill_note")
        with link.cursor() as cursor:
            cursor.executemany("INSERT INTO fill_note VALUES (%s, %s, %s)", [(mark, *item) for item in counts.items()])
    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("ANALYZE")
    return counts


def _shared(name: str, dsn: str, mark: str) -> None:
    """A holder that is here for the scenarios only; its bus roles have names of their own, for a login is one for the whole server."""
    if _filled(dsn, mark):
        return
    rights, before = _script(name, "rights"), site_plan.prefix(name)
    with psycopg.connect(dsn) as link:
        link.execute("DROP SCHEMA public CASCADE")
        link.execute("CREATE SCHEMA public")
        for role in site_plan.roles(name)[1:]:
            link.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(before + role)))
            rights = rights.replace(role, before + role)
        link.execute(_script(name, "schema"))
        count = cases.insert(link, name)
        link.execute(rights)
        link.execute("CREATE TABLE fill_note (mark text NOT NULL, relation text NOT NULL, count bigint NOT NULL)")
        link.execute("INSERT INTO fill_note VALUES (%s, 'scenarios', %s)", (mark, count))


def _housing(instance: Instance, mark: str) -> None:
    """Housing starts empty: its claims come from its officers, here from the demo. Of leases it has those of the scenarios, if ``mark``."""
    with psycopg.connect(instance.dsn("housing", "owner")) as link:
        if link.execute("SELECT to_regclass('claim')").fetchone() == (None,):
            link.execute(_script("housing", "schema"))
            link.execute(_script("housing", "rights"))
    if mark and not _filled(instance.dsn("housing", "owner"), mark):
        with psycopg.connect(instance.dsn("housing", "owner")) as link:
            for table in cases.tables("housing"):
                link.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
            link.execute("INSERT INTO fill_note VALUES (%s, 'scenarios', %s)", (mark, cases.insert(link, "housing")))
    with psycopg.connect(instance.dsn("housing", "postgres"), dbname="housing") as link:
        link.execute(_script("housing", "superuser"))


def _files(drop: Path, mark: str, count: int, seed: int, with_cases: bool) -> dict[str, int]:
    note = drop / ".fill"
    if note.exists() and note.read_text() == mark:
        return {}
    counts = disabled_federation.write(drop, families(count, seed))
    if with_cases:
        counts |= scenario_nights.write(drop, cases.lines("disabled-federation"))
    note.write_text(mark)
    return counts


def _script(department: str, name: str) -> str:
    return (_HERE / department / f"{name}.sql").read_text()


def _mark(count: int, seed: int, with_cases: bool) -> str:
    """Population and shape: other code that makes the rows is another mark."""
    digest = hashlib.sha256()
    for path in sorted([*_HERE.glob("*.py"), *_HERE.glob("*/*.sql"), *(cases.FOLDER.glob("*.yaml") if with_cases else ())]):
        digest.update(path.read_bytes())
    return f"{seed}/{count}/{digest.hexdigest()[:16]}"
