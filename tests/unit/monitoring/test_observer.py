"""Facts become series; nothing that is not declared becomes one."""

from prometheus_client import generate_latest

from local.instance import PROJECT
from monitoring import metrics
from monitoring.observer import PrometheusObserver


def text(observer: PrometheusObserver) -> list[str]:
    return generate_latest(observer.registry).decode().splitlines()


def test_facts_are_counted() -> None:
    observer = PrometheusObserver(["housing.requests"])
    observer.moved("housing", "housing.request", "in", "accepted", 3, 300)
    observer.moved("housing", "housing.request", "in", "accepted", 2, 200)
    observer.refused("housing", "housing.request", "BAD_KEY", 4)
    observer.took("end_to_end", "proof-01-marital-status", [0.02, 0.2])
    lines = text(observer)
    assert 'exchange_records_total{department="housing",direction="in",outcome="accepted",topic="housing.request"} 5.0' in lines
    assert 'exchange_record_bytes_total{department="housing",direction="in",topic="housing.request"} 500.0' in lines
    assert 'exchange_refusals_total{department="housing",reason="BAD_KEY",topic="housing.request"} 4.0' in lines
    assert 'exchange_latency_seconds_count{exchange="proof-01-marital-status",stage="end_to_end"} 2.0' in lines


def test_a_value_outside_the_closed_sets_is_no_series() -> None:
    observer = PrometheusObserver()
    observer.moved("449999199003070015", "housing.request", "in", "accepted", 1)
    observer.refused("housing", "叶安", "the name on file is 叶安", 1)
    told = "\n".join(text(observer))
    assert "449999199003070015" not in told
    assert "叶安" not in told
    assert 'department="other"' in told
    assert 'reason="other"' in told


def test_conservation_is_the_difference_of_the_accounts() -> None:
    observer = PrometheusObserver()
    for account, records in (("in", 10), ("delivered", 6), ("refused", 2), ("in_flight", 1)):
        observer.ledger("proof-01-marital-status", account, records)
    assert 'exchange_conservation_difference_records{exchange="proof-01-marital-status"} 1.0' in text(observer)
    observer.ledger("proof-01-marital-status", "delivered", 7)
    observer.ledger("proof-01-marital-status", "in_flight", 1)
    assert 'exchange_conservation_difference_records{exchange="proof-01-marital-status"} 0.0' in text(observer)


def test_counters_stand_at_0_before_anything_happens() -> None:
    observer = PrometheusObserver(["housing.requests"])
    observer.expect("housing.requests")
    assert 'exchange_records_total{department="housing",direction="in",outcome="refused",topic="housing.request"} 0.0' in text(observer)


def test_seals_are_counted_and_what_is_not_sealed_is_told() -> None:
    observer = PrometheusObserver(["sealer"])
    observer.expect("sealer")
    observer.sealed("housing.verdict", 20)
    observer.unsealed(7, 1.5)
    lines = text(observer)
    assert 'audit_sealed_records_total{topic="housing.verdict"} 20.0' in lines
    assert 'audit_seals_total{topic="housing.verdict"} 1.0' in lines
    assert 'audit_seals_total{topic="housing.request"} 0.0' in lines
    assert {"audit_unsealed_records 7.0", "audit_unsealed_age_seconds 1.5"} <= set(lines)


def test_the_page_of_metrics_is_current() -> None:
    page = PROJECT / "docs" / "generated" / "metrics.md"
    assert page.read_text(encoding="utf-8") == metrics.as_markdown(), "run: govbus monitor metrics > docs/generated/metrics.md"
