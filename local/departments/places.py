"""The 15 towns of 吴川市 with their population of 2020 (domain.md C4) and the private codes public-security has for them."""

from typing import NamedTuple


class Town(NamedTuple):
    """A town: national code (9 digits), name, people in 2020, private code, and the name in the private table."""

    code: str
    name: str
    people: int
    private: str
    printed: str


TOWNS = (
    Town("440883001", "梅菉街道", 145498, "A01", "梅菉街道"),
    Town("440883002", "塘尾街道", 28254, "A02", "塘尾街道"),
    Town("440883003", "大山江街道", 22837, "A03", "大山江街道"),
    Town("440883004", "博铺街道", 16380, "A04", "博铺镇"),
    Town("440883005", "海滨街道", 59986, "A05", "海滨街道"),
    Town("440883100", "浅水镇", 27167, "B01", "浅水镇"),
    Town("440883101", "长岐镇", 58727, "B02", "长岐镇"),
    Town("440883102", "覃巴镇", 63757, "B03", "覃巴镇"),
    Town("440883103", "王村港镇", 19792, "B04", "王村港镇"),
    Town("440883104", "振文镇", 95945, "B05", "振文镇"),
    Town("440883105", "樟铺镇", 38569, "B06", "樟铺镇"),
    Town("440883106", "吴阳镇", 65063, "B07", "吴阳镇"),
    Town("440883107", "塘㙍镇", 101004, "B08", "塘缀镇"),
    Town("440883109", "黄坡镇", 136880, "B10", "黄坡镇"),
    Town("440883111", "兰石镇", 27495, "B12", "兰石镇"),
)
MERGED = (("B09", "440883109", "中山镇"), ("B11", "440883111", "兰石公社"))
"""Private codes that older households still carry, and the town each belongs to now."""
