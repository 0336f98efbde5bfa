"""Addresses as certificates, leases and applicants write them: the same place, another place, or nothing to compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govbus.identity.address import Address, Level, parse, same
from govbus.identity.names import SameName


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("广东省湛江市吴川市梅菉街道测试路8号", {"town": "梅菉", "road": "测试路", "number": "8"}),
        ("塘缀镇樟山村委会上村十二号", {"town": "塘缀", "village": "樟山", "hamlet": "上", "number": "12"}),
        ("海滨街道办事处测试路８＃二栋三单元三〇一室",
         {"town": "海滨", "road": "测试路", "number": "8", "building": "2", "unit": "3", "room": "301"}),
        ("海滨路8号", {"road": "海滨路", "number": "8"}),
        ("海滨二路8号", {"road": "海滨2路", "number": "8"}),
        ("梅菉测试路8号", {"town": "梅菉", "road": "测试路", "number": "8"}),
        ("测试路8号之二", {"road": "测试路", "number": "8-2"}),
        ("测试路8-2号", {"road": "测试路", "number": "8-2"}),
        ("测试路8号2-301", {"road": "测试路", "number": "8", "building": "2", "room": "301"}),
        ("测试路8号2-1-301房", {"road": "测试路", "number": "8", "building": "2", "unit": "1", "room": "301"}),
        ("测试花园3号楼2单元501", {"road": "测试花园", "building": "3", "unit": "2", "room": "501"}),
        ("测试路8号首层商铺", {"road": "测试路", "number": "8", "floor": "1"}),
        ("新村路1号", {"road": "新村路", "number": "1"}),
        ("测试路一百零八号", {"road": "测试路", "number": "108"}),
        ("廉江市测试路8号", {"county": "廉江市", "road": "测试路", "number": "8"}),
        ("黄坡镇", {"town": "黄坡"}),
    ],
)  # fmt: skip
def test_parts(text: str, parts: dict[str, str]) -> None:
    assert parse(text) == Address(**parts)


@pytest.mark.parametrize(
    ("one", "other", "level", "found"),
    [
        ("吴川市梅菉街道测试路8号", "广东省湛江市吴川市梅菉街道测试路八号", "number", SameName.EQUAL),
        ("梅菉街道测试路8号", "梅菉街道测试路８＃", "number", SameName.EQUAL),
        ("梅菉街道测试路8号", "测试路8号", "number", SameName.VARIANT),
        ("塘㙍镇樟山村12号", "塘缀镇樟山村委会12号", "number", SameName.VARIANT),
        ("梅菉街道测试路8号2栋301", "梅菉街道测试路8号2栋302室", "number", SameName.EQUAL),
        ("梅菉街道测试路8号2栋301", "梅菉街道测试路8号2栋302室", "room", SameName.DIFFERENT),
        ("梅菉街道测试路8号2栋301", "梅菉街道测试路8号2-301房", "room", SameName.EQUAL),
        ("梅菉街道测试路8号", "梅菉街道测试路8号2栋301", "room", SameName.UNRESOLVED),
        ("塘㙍镇樟山村12号", "塘㙍镇樟山村12号", "room", SameName.EQUAL),
        ("梅菉街道测试路8号", "梅菉街道测试路18号", "number", SameName.DIFFERENT),
        ("梅菉街道测试路8号", "博铺街道测试路8号", "number", SameName.DIFFERENT),
        ("梅菉街道测试路8号之一", "梅菉街道测试路8号", "number", SameName.DIFFERENT),
        ("梅菉街道测试路", "梅菉街道测试路8号", "number", SameName.UNRESOLVED),
        ("梅菉街道8号", "梅菉街道测试路8号", "number", SameName.UNRESOLVED),
        ("梅菉街道测?路8号", "梅菉街道测试路8号", "number", SameName.UNRESOLVED),
        ("廉江市测试路8号", "吴川市测试路8号", "number", SameName.DIFFERENT),
        ("塘㙍镇", "塘㙍镇樟山村12号", "town", SameName.EQUAL),
        ("塘㙍镇樟山村", "塘㙍镇樟山村委会12号", "village", SameName.EQUAL),
        ("塘㙍镇", "樟山村12号", "town", SameName.UNRESOLVED),
    ],
)
def test_same(one: str, other: str, level: Level, found: SameName) -> None:
    assert same(one, other, level) is same(other, one, level) is found


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["town", "village", "number", "room"]))
def test_any_text_can_be_compared_and_the_order_does_not_matter(one: str, other: str, level: Level) -> None:
    assert same(one, other, level) is same(other, one, level)
