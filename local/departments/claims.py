"""What housing's applicants declare: claims about people of the case book, with the verdict that each was planned for.

A recipe is one line of the tables at the end of :mod:`local.departments.recipes`. The plan is the teller's view; what is true is
computed from the departments' own tables by the tests' oracle, which does not know the plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from random import Random

from local.departments import recipes
from local.departments.drafts import MATTER, Draft
from local.departments.people import BOOK_FAMILIES, FAMILY, SEED, Family, families
from local.departments.recipes import Recipe

SHARES = {"match_variant": 0.1, "mismatch": 0.16, "no_record": 0.08, "ambiguous": 0.05, "refused": 0.14, "timeout": 0.03}
"""Part of all claims that each outcome has; the rest are matches."""
LEAST = 20
_OFFICERS = tuple(f"ZJ{number:04d}" for number in range(1, 13))


@dataclass(frozen=True)
class Claim:
    """One row of ``application`` and one of ``claim``, and the outcome planned for them."""

    application: tuple[object, ...]
    """(application_no, applicant_name, applicant_id, officer_code, matter)"""
    claim: tuple[object, ...]
    """(application_no, proof_item, declared_1, declared_2, purpose, legal_basis, as_of, respond_within_ms)"""
    outcome: str
    note: str
    """Name of the recipe."""


def plan(count: int, first: int = 1, seed: int = SEED, today: date | None = None) -> list[Claim]:
    """``count`` claims in mixed order, the same for the same arguments.

    Every outcome is there :data:`LEAST` times or more, as far as ``count`` allows (at least 200).

    :param first: number of the first application; :param today: the day of the commitments (承诺日) that are not about the past
    """
    day = (today or date.today()).isoformat()
    book = list(families(BOOK_FAMILIES * FAMILY))
    drafts = [draft for outcome, wanted in _numbers(count).items() for draft in islice(_drafts(outcome, book), wanted)]
    Random(seed).shuffle(drafts)  # noqa: S311  # repeatable order, not a secret
    return [_claim(draft, f"GZF-2026-{first + place:07d}", day, _OFFICERS[place % len(_OFFICERS)]) for place, draft in enumerate(drafts)]


def _numbers(count: int) -> dict[str, int]:
    least = min(LEAST, count // 10)
    found = {outcome: max(least, int(count * share)) for outcome, share in SHARES.items()}
    return {"match": count - sum(found.values()), **found}


def _drafts(outcome: str, book: list[Family]) -> Iterator[tuple[Recipe, Draft]]:
    """Every recipe of this outcome in turn, each with the next family that it fits, without end."""
    chosen = [one for one in recipes.RECIPES if one.outcome == outcome]
    fitting = {one.name: cycle([family for family in book if one.fits(family)]) for one in chosen}
    for one in cycle(chosen):
        yield one, one.make(next(fitting[one.name]))


def _claim(made: tuple[Recipe, Draft], number: str, day: str, officer: str) -> Claim:
    recipe, draft = made
    officer = officer if draft.officer is None else draft.officer
    return Claim(
        application=(number, draft.name, draft.id_no, officer, MATTER),
        claim=(number, draft.item, draft.first, draft.second, draft.purpose, draft.basis, draft.as_of or day, draft.respond_within_ms),
        outcome=recipe.outcome,
        note=recipe.name,
    )
