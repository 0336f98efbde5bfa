"""The one way to a department's database: TLS, bound parameters, errors classed by the next move and without values."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from govbus.errors import RetryLater, SetupError
from govbus.settings import Home

SQL = Path(__file__).parent / "sql"
PATIENCE_S = 5
"""So long for a connection, for a server that has vanished without a word, and for a query of a holder."""
_LOCK = 7_305_001  # advisory lock: two adapters of one department may start at once
_VANISHED = {"keepalives_idle": PATIENCE_S, "keepalives_interval": 1, "keepalives_count": 3, "tcp_user_timeout": PATIENCE_S * 1000}

# A prepared statement would keep the plan of a day when the tables were small.
_PLANNED = {"prepare_threshold": None}


class DataFault(SetupError):
    """A statement fails on values that it meets, such as text where it casts to a number; on other rows it works."""


class Database:
    """One database as one role. A broken connection is replaced on the next use."""

    def __init__(self, home: Home, name: str, role: str, read_only: bool = False) -> None:
        """:param read_only: asks questions: a statement that takes longer than PATIENCE_S is a database that is away

        :raises SetupError: the site has no such database, or the role no password
        """
        found = home.site.databases.get(name)
        if found is None:
            msg = f"site.yaml has no database {name}"
            raise SetupError(msg)
        self.name, self._place = name, f"database {name} as {role}"
        password = home.secret(f"db.{name}.{role}").get_secret_value()
        url = URL.create("postgresql+psycopg", found.prefix + role, password, found.host, found.port, found.name)
        tls = {"sslmode": "verify-full", "sslrootcert": str(found.ca)} if found.ca else {}
        arguments = {**tls, **_VANISHED, **_PLANNED, "connect_timeout": PATIENCE_S, "application_name": "govbus"}
        if read_only:
            arguments["options"] = f"-c statement_timeout={PATIENCE_S}s"
        self._engine: Engine = create_engine(url, connect_args=arguments, hide_parameters=True, pool_pre_ping=True, pool_size=2)
        if read_only:
            event.listen(self._engine, "begin", _read_only)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back on an error.

        :raises RetryLater: the database is away (or the outcome of the commit is unknown: do the same again, the marks make it harmless)
        :raises SetupError: a table, column or right is missing
        :raises DataFault: a value is not what the statement expects
        """
        try:
            with self._engine.begin() as link:
                yield link
        except SQLAlchemyError as error:
            raise self._classed(error) from None  # the original quotes SQL and sometimes values

    def ensure(self, script: str, last: str) -> None:
        """Run ``adapters/sql/<script>`` unless ``last``, the last table that it makes, is there.

        Not simply again: even ``CREATE INDEX IF NOT EXISTS`` wants the table's owner, and another adapter's role may have made it.
        """
        with self.begin() as link:
            link.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            if link.execute(text("SELECT to_regclass(:last)"), {"last": last}).scalar() is None:
                link.exec_driver_sql((SQL / script).read_text(encoding="utf-8").replace("%", "%%"))

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def _classed(self, error: SQLAlchemyError) -> Exception:
        away = isinstance(error, OperationalError | InterfaceError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
        kind = type(error.orig).__name__ if isinstance(error, DBAPIError) and error.orig else type(error).__name__
        if away:
            return RetryLater(f"{self._place} cannot be used ({kind}); is it up? govbus doctor")
        if isinstance(error, DataError):
            return DataFault(f"{self._place}: a statement fails on values that it meets ({kind}); mend the query in adapters/declared")
        return SetupError(f"{self._place} refuses a statement ({kind}); govbus adapter check --live names it")


def _read_only(link: Connection) -> None:
    link.exec_driver_sql("SET TRANSACTION READ ONLY")
