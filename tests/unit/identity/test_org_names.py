"""Names and numbers of organisations: the forms of one name are told from another name."""

import pytest

from govbus.identity import uscc
from govbus.identity.names import SameName
from govbus.identity.org_names import same


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("吴川市测试甲贸易有限公司", "吴川市测试甲贸易有限公司", SameName.EQUAL),
        ("吴川市测试（南）贸易有限公司", "吴川市测试(南)贸易有限公司", SameName.EQUAL),
        ("吴川市测试甲贸易有限责任公司", "吴川市测试甲贸易有限公司", SameName.VARIANT),
        ("广东省湛江市吴川市测试甲贸易有限公司", "测试甲贸易有限公司", SameName.VARIANT),
        ("吴川测试【甲】贸易有限公司", "吴川市测试甲贸易有限公司", SameName.VARIANT),
        ("吴川市塘㙍测试商行", "吴川市塘缀测试商行", SameName.VARIANT),
        ("吴川市测试甲贸易有限公司（筹）", "吴川市测试甲贸易有限公司", SameName.VARIANT),
        ("吴川市测试甲贸易有限公司", "吴川市测试乙贸易有限公司", SameName.DIFFERENT),
        ("吴川市测试甲股份有限公司", "吴川市测试甲有限公司", SameName.DIFFERENT),
        ("测试（吴川）商行", "测试商行", SameName.DIFFERENT),
        ("吴川市测试?贸易有限公司", "吴川市测试甲贸易有限公司", SameName.UNRESOLVED),
        ("吴川市", "广东省", SameName.DIFFERENT),
    ],
)
def test_names(one: str, other: str, found: SameName) -> None:
    assert same(one, other) is same(other, one) is found


def test_a_holder_may_have_the_organisation_code_only() -> None:
    assert uscc.forms(" 91449999ma0000015x") == ("91449999MA0000015X", "MA0000015", "MA000001-5")


def test_what_is_no_uscc_has_one_form() -> None:
    assert uscc.forms("440883000012345") == ("440883000012345",)
