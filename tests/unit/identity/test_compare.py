"""What the comparison says of rows that name nobody."""

from datetime import date

import pytest

from govbus.identity.compare import FieldRule, Judgement, judge

RULES = (FieldRule(claim="spouse", by="code", required=True),)
SUBJECT = {"id_type": "111", "id_no": "449999199003070015", "name": "测一"}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"name": None, "unnamed": True, "spouse": "has"}, Judgement("mismatch", ("spouse",))),
        ({"name": None, "unnamed": True, "spouse": "none"}, Judgement("match_variant", (), ("unchecked:name",))),
        ({"name": None, "unnamed": False, "spouse": "none"}, Judgement("ambiguous", (), ("unresolved_name",))),
        ({"name": "测二", "unnamed": False, "spouse": "has"}, Judgement("mismatch", ("name",))),
    ],
)
def test_a_row_may_state_that_it_has_nobodys_name(row: dict[str, object], told: Judgement) -> None:
    assert judge(RULES, SUBJECT, {"spouse": "none"}, [row], date(2026, 1, 1)) == told
