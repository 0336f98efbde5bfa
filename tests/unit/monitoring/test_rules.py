"""Alerts fire when they should and are silent when they should be; they speak of metrics that exist and of paragraphs that are there."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from local import debian
from local.instance import PROJECT
from monitoring import metrics

RULES = PROJECT / "monitoring" / "rules" / "bus.yml"
CASES = Path(__file__).with_name("rules.yml")


@pytest.fixture(scope="module")
def promtool() -> Path:
    found = debian.unpacked("promtool", "prometheus", PROJECT / ".govbus" / "parts")
    assert found, "promtool cannot be had: apt-get update, then apt-get install prometheus"
    return found


def test_promtool_accepts_the_rules(promtool: Path) -> None:
    done = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_and_is_silent(promtool: Path) -> None:
    done = subprocess.run([promtool, "test", "rules", CASES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    cases = [case for group in yaml.safe_load(CASES.read_text())["tests"] for case in group["alert_rule_test"]]
    firing = {case["alertname"] for case in cases if case["exp_alerts"]}
    silent = {case["alertname"] for case in cases if not case["exp_alerts"]} | {"Watchdog"}
    assert firing == silent == {rule["alert"] for rule in rules()}


def rules() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_names_owner_severity_metrics_and_a_paragraph_that_exist(rule: dict) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket", "info")
    assert rule["labels"]["owner"]
    page, anchor = rule["annotations"]["runbook_url"].split("#")
    headings = [line[3:].strip().lower() for line in (PROJECT / page).read_text().splitlines() if line.startswith("## ")]
    assert anchor in headings
    named = set(re.findall(r"\b(?:exchange|kafka|audit)_[a-z_]+", rule["expr"]))
    assert named <= {metric.name for metric in metrics.ALL}
