"""The 15 towns and streets of 吴川市 440883 (statistical division codes, 2023 edition). Codes have gaps: never count them up."""

TOWNS = {
    "440883001": "梅菉街道",
    "440883002": "塘尾街道",
    "440883003": "大山江街道",
    "440883004": "博铺街道",
    "440883005": "海滨街道",
    "440883100": "浅水镇",
    "440883101": "长岐镇",
    "440883102": "覃巴镇",
    "440883103": "王村港镇",
    "440883104": "振文镇",
    "440883105": "樟铺镇",
    "440883106": "吴阳镇",
    "440883107": "塘㙍镇",
    "440883109": "黄坡镇",
    "440883111": "兰石镇",
}
"""Name by 9-digit code; the 12-digit form of the statistics office appends 000."""


def town_of(code: str) -> str:
    """The 9 digits of the town in a 9- or 12-digit code."""
    return code[:9]
