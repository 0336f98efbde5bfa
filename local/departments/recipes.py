"""Recipes for claims: which families fit, what their member declares, and which outcome is planned."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from local.departments import civil_affairs, names, numbers, public_security
from local.departments.disabled_federation import BROKEN, Card, card, grade
from local.departments.drafts import (
    SHORT_MS,
    Draft,
    about,
    disabled,
    elsewhere,
    marital,
    other_category,
    registered,
    since,
    stranger,
    wide,
    wrong_check,
)
from local.departments.people import Case, Family


@dataclass(frozen=True)
class Recipe:
    """``make`` gives the draft for a family for which ``fits`` is true."""

    name: str
    outcome: str
    fits: Callable[[Family], bool]
    make: Callable[[Family], Draft]


def _in(*cases: Case) -> Callable[[Family], bool]:
    return lambda family: family.case in cases


def _card(*cards: Card) -> Callable[[Family], bool]:
    return lambda family: card(family) in cards and family.case is not Case.VARIANT


_PLAIN, _VARIANT = _in(Case.PLAIN), _in(Case.VARIANT)
_WRONG_NAME = "试错"

_MATCH = (
    Recipe("married", "match", _PLAIN, lambda f: marital(f, "20", f.members[1])),
    Recipe("at home", "match", _PLAIN, lambda f: registered(f, since=since(f, 2))),
    Recipe("certificate", "match", _card(Card.PLAIN), disabled),
    Recipe("wife, id typed wide", "match", _PLAIN, lambda f: replace(marital(f, "20", who=1), id_no=wide(f.members[1].id_no))),
    Recipe("child at home", "match", _PLAIN, lambda f: registered(f, who=2)),
    Recipe("no end", "match", _card(Card.FOREVER, Card.SLASH, Card.NONE), disabled),
    Recipe("divorced", "match", _in(Case.DIVORCED, Case.COURT_DIVORCED), lambda f: marital(f, "40")),
    Recipe("moved in", "match", _in(Case.MOVED), lambda f: registered(f, since=public_security.MOVED)),
    Recipe("graded anew", "match", _card(Card.WORSE, Card.BETTER), disabled),
    Recipe("before the divorce", "match", _in(Case.DIVORCED), lambda f: marital(f, "20", f.members[1], years=1)),
    Recipe("before the move", "match", _in(Case.MOVED), lambda f: registered(f, public_security.earlier_town(f), as_of="2019-02-01")),
    Recipe("wide, spaced, sent again", "match", _card(Card.FULL_WIDTH, Card.SPACED, Card.RESENT), disabled),
    Recipe("never valid", "match", _in(Case.ANNULLED), lambda f: marital(f, "10")),
    Recipe("arrived", "match", _in(Case.ARRIVED), lambda f: registered(f, since=since(f, 0))),
    Recipe("grade at least", "match", _card(Card.PLAIN, Card.WORSE), lambda f: disabled(f, level=4)),
    Recipe("remarried", "match", _in(Case.REMARRIED, Case.REWED), lambda f: marital(f, "20", f.members[1])),
    Recipe("collective", "match", _in(Case.COLLECTIVE), registered),
    Recipe("between marriages", "match", _in(Case.REMARRIED), lambda f: marital(f, "40", years=3)),
    Recipe("first wife then", "match", _in(Case.REMARRIED), lambda f: marital(f, "20", civil_affairs.first_wife(f), years=1)),
    Recipe("re-issued, widowed", "match", _in(Case.REISSUED, Case.WIDOWED), lambda f: marital(f, "20", f.members[1])),
)
_MATCH_VARIANT = (
    Recipe("glyph in the register", "match_variant", _VARIANT, lambda f: marital(f, "20", f.members[1])),
    Recipe("glyph at the window", "match_variant", _VARIANT, lambda f: replace(registered(f), name=names.variant(f.members[0].name))),
    Recipe("glyph in the file", "match_variant", lambda f: _VARIANT(f) and card(f) in (Card.PLAIN, Card.WORSE, Card.FOREVER), disabled),
    Recipe("old id in the register", "match_variant", _in(Case.OLD_ID), lambda f: marital(f, "20")),
    Recipe("old id in the population", "match_variant", _in(Case.OLD_ID), registered),
    Recipe("old id at the window", "match_variant", _PLAIN, lambda f: replace(registered(f), id_no=numbers.old_id(f.members[0].id_no))),
    Recipe(
        "former name",
        "match_variant",
        _in(Case.FORMER_NAME),
        lambda f: replace(registered(f), name=public_security.former_name(f.members[0])),
    ),
    Recipe("dead", "match_variant", _in(Case.WIDOWED), lambda f: registered(f, who=1)),
)
_MISMATCH = (
    Recipe("not divorced", "mismatch", _PLAIN, lambda f: marital(f, "40")),
    Recipe("other town", "mismatch", _PLAIN, lambda f: registered(f, elsewhere(f))),
    Recipe("other category", "mismatch", _card(Card.PLAIN), lambda f: disabled(f, other_category(f))),
    Recipe("divorced after all", "mismatch", _in(Case.DIVORCED, Case.COURT_DIVORCED), lambda f: marital(f, "20")),
    Recipe("not so long", "mismatch", _PLAIN, lambda f: registered(f, since=since(f, -2))),
    Recipe("better now", "mismatch", _card(Card.BETTER), lambda f: disabled(f, level=grade(f) - 1)),
    Recipe("widowed", "mismatch", _in(Case.WIDOWED), lambda f: marital(f, "30")),
    Recipe("moved away", "mismatch", _in(Case.MOVED), lambda f: registered(f, public_security.earlier_town(f))),
    Recipe("expired, cancelled", "mismatch", _card(Card.EXPIRED, Card.CANCELLED), disabled),
    Recipe("first wife now", "mismatch", _in(Case.REMARRIED), lambda f: marital(f, "20", civil_affairs.first_wife(f))),
    Recipe("town and time", "mismatch", _in(Case.ARRIVED), lambda f: registered(f, elsewhere(f), since=since(f, -3))),
    Recipe("two fields", "mismatch", _card(Card.EXPIRED), lambda f: disabled(f, other_category(f))),
    Recipe("status and spouse", "mismatch", _PLAIN, lambda f: marital(f, "40", civil_affairs.first_wife(f))),
    Recipe("registered as before", "mismatch", _in(Case.FORMER_NAME), lambda f: marital(f, "20")),
    Recipe("other name at home", "mismatch", _PLAIN, lambda f: replace(registered(f), name=_WRONG_NAME)),
    Recipe("other name in the file", "mismatch", _card(Card.PLAIN), lambda f: replace(disabled(f), name=_WRONG_NAME)),
)
_NO_RECORD = (
    Recipe("child", "no_record", _PLAIN, lambda f: marital(f, "10", who=2)),
    Recipe("unregistered", "no_record", _in(Case.UNREGISTERED), registered),
    Recipe("left the city", "no_record", _in(Case.DEPARTED), registered),
    Recipe("no certificate", "no_record", _PLAIN, lambda f: about(disabled(f), f.members[0])),
    Recipe("never married", "no_record", _in(Case.COLLECTIVE), lambda f: marital(f, "10")),
    Recipe("stranger", "no_record", _PLAIN, lambda f: about(registered(f), stranger(f))),
    Recipe("row refused", "no_record", _card(*BROKEN), disabled),
)
_AMBIGUOUS = (
    Recipe("two marriages", "ambiguous", _in(Case.TWO_MARRIAGES), lambda f: marital(f, "20", f.members[1])),
    Recipe("two people", "ambiguous", _in(Case.SHARED_ID), lambda f: registered(f, who=2)),
)
_REFUSED = (
    Recipe("BAD_CHECK_DIGIT", "refused", _PLAIN, lambda f: replace(registered(f), id_no=wrong_check(f.members[0].id_no))),
    Recipe("BAD_ID_FORM", "refused", _PLAIN, lambda f: replace(marital(f, "20"), id_no=f.members[0].id_no[:17])),
    Recipe("BAD_DATE of birth", "refused", _PLAIN, lambda f: replace(registered(f), id_no="449999197802290015")),
    Recipe("BAD_DATE of commitment", "refused", _PLAIN, lambda f: registered(f, as_of="2025-02-30")),
    Recipe("UNKNOWN_ITEM", "refused", _PLAIN, lambda f: replace(registered(f), item="proof-99")),
    Recipe("NO_PURPOSE", "refused", _PLAIN, lambda f: replace(marital(f, "20"), purpose="")),
    Recipe("NO_LEGAL_BASIS", "refused", _card(Card.PLAIN), lambda f: replace(disabled(f), basis="")),
    Recipe("NO_OFFICER", "refused", _PLAIN, lambda f: replace(registered(f), officer="")),
    Recipe("NO_GRANT", "refused", _PLAIN, lambda f: replace(marital(f, "20"), purpose="school-admission")),
    Recipe("BAD_CLAIM missing", "refused", _PLAIN, lambda f: replace(marital(f, "20"), first=None)),
    Recipe("BAD_CLAIM code", "refused", _card(Card.PLAIN), lambda f: disabled(f, "8")),
    Recipe("BAD_CLAIM town", "refused", _PLAIN, lambda f: registered(f, "4408")),
)
_TIMEOUT = (Recipe("holder away", "timeout", _PLAIN, lambda f: replace(marital(f, "20", f.members[1]), respond_within_ms=SHORT_MS)),)

RECIPES = (*_MATCH, *_MATCH_VARIANT, *_MISMATCH, *_NO_RECORD, *_AMBIGUOUS, *_REFUSED, *_TIMEOUT)
