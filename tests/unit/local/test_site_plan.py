"""Ports, names and secrets of an instance."""

import socket

import pytest

from govbus.errors import SetupError
from local import site_plan


def test_a_block_has_no_port_twice_and_leaves_room_for_programs() -> None:
    ports = site_plan.Ports(20000)
    metrics = {ports.metrics(index) for index in range(40)}
    assert len(ports.servers()) == 11
    assert not metrics & set(ports.servers())
    assert all(20000 <= port < 20100 for port in metrics | set(ports.servers()))


def test_free_ports_keep_away_from_the_block_of_make_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVBUS_PORT_BASE", "20000")
    assert all(site_plan.free_ports().base != 20000 for _ in range(20))


def test_a_taken_port_is_named_with_its_server_and_the_way_out() -> None:
    ports = site_plan.free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.of("kafka")))
        other.listen()
        with pytest.raises(SetupError, match=rf"{ports.of('kafka')} \(kafka\).*GOVBUS_PORT_BASE"):
            site_plan.check_free(ports)
    site_plan.check_free(ports)


def test_the_block_is_found_again_from_the_broker_address() -> None:
    ports = site_plan.Ports(23400)
    assert site_plan.ports_of(f"127.0.0.1:{ports.of('kafka')}") == ports


def test_every_principal_and_every_role_has_a_secret() -> None:
    names = site_plan.secret_names()
    assert len(set(names)) == len(names)
    assert {f"kafka.{one}" for one in site_plan.principals()} <= set(names)
    assert {"db.housing.bus_source", "db.housing.bus_sink", "db.civil-affairs.bus_answerer", "subject-key", "registry.admin"} <= set(names)
    assert "door.service-center.checkpoint" in names
