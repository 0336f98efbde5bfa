"""Puts a desk together from what is declared: exchanges, departments, grants, topics and the subject key."""

from collections.abc import Mapping
from datetime import date

from agents.desk import Desk
from agents.loading import AnyExchange, casework, load_exchanges
from agents.shapes.admission import Gate, Grant
from agents.shapes.duty import Duties
from govbus.pseudonym import SubjectKeys
from govbus.settings import Home
from topics.grants import Grants
from topics.load import load


def make_desk(home: Home, exchanges: Mapping[str, AnyExchange] | None = None) -> Desk:
    """The desk of this project's declarations and this home's secrets.

    :param exchanges: others than the project's own: a replay asks what they would have decided
    :raises SetupError: with every fault of the declarations
    """
    catalogue, exchanges = load(), load_exchanges() if exchanges is None else exchanges
    keys = SubjectKeys(home.secret("subject-key").get_secret_value())
    gate = Gate(frozenset(catalogue.departments), asking(catalogue.grants), keys, frozenset(casework(exchanges)))
    askers = tuple(name for name, department in catalogue.departments.items() if "asker" in department.roles)
    duties, parties = Duties({name: department.duties for name, department in catalogue.departments.items()}), catalogue.parties
    return Desk(exchanges, gate, catalogue.records, askers, duties, parties)


def asking(grants: Grants) -> Grant:
    """The grants as the gate asks them."""

    def ask(department: str, item: str, purpose: str, day: date, matter: str, holder: str) -> tuple[frozenset[str] | None, str]:
        answer = grants.allows(department, item, purpose, day, matter, holder)
        return (frozenset(answer.grant.fields) if answer.grant else None), answer.why

    return ask
