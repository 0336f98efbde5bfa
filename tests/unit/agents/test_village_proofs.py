"""The 20 proofs of 民发〔2020〕20号: complete, mapped to items that exist, and told on their page as in the data."""

import re
from pathlib import Path

import pytest

from agents.loading import load_exchanges, verifying
from agents.village_proofs import FILE, load_village_proofs
from govbus.errors import SetupError

PROOFS = load_village_proofs()
PAGE = FILE.parents[1].joinpath("docs", "village-proofs.md").read_text(encoding="utf-8")
# The words of the domain notes (below D3), in the order of the list.
NOTES = re.findall(
    r"\w+", "亲属关系 身份 户口登记 养犬 无犯罪 戒毒 失踪 婚姻 出生 健在 死亡 疾病 残疾 婚育 就业 档案 财产 继承权 住所 证件遗失"
)


def test_all_twenty_are_there_in_order() -> None:
    assert list(PROOFS) == list(range(1, 21))
    for word, proof in zip(NOTES, PROOFS.values(), strict=True):
        assert word in proof.zh


def test_every_exchange_that_runs_is_one_of_the_items() -> None:
    running = {exchange.spec.item for exchange in verifying(load_exchanges()).values()}
    assert running <= {f"proof-{number:02d}" for number in range(1, 28)}


def test_the_page_says_the_same() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    told = {int(row[0].removeprefix("| ")): (row[1], row[2], re.findall(r"\d\d", row[3]), re.findall(r"\d\d", row[4])) for row in rows}
    assert told == {
        proof.number: (proof.zh, proof.checkable, *([item[-2:] for item in items] for items in (proof.items, proof.facts)))
        for proof in PROOFS.values()
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("items: [proof-17]", "items: [proof-28]", "items.0"),
        ("items: [proof-17]", "items: []", "whole has items"),
        ("number: 13,", "number: 14,", "each once and in order"),
        ("items: [proof-17]", "items: [proof-17], facts: [proof-17]", "cannot both"),
        ("checkable: whole, items: [proof-09]", "checkable: partly, items: [proof-09]", "partly has both"),
        ("checkable: none, facts: [proof-04]", "checkable: none, items: [proof-04]", "none has a why"),
    ],
)
def test_faults_are_told(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "village_proofs.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SetupError, match=fault):
        load_village_proofs(path)
