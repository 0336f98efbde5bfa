"""Makes a plan true. Safe to run at any time and any number of times; the second run finds nothing to do."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from govbus.errors import RetryLater
from govbus.settings import Home
from schemas.registry import Registry
from topics import broker
from topics.broker import Admin
from topics.plan import Plan, plan

_ADMIN = "admin"
_SETTLE_S = 15


def apply(home: Home, registry: bool = True, passwords: bool = False) -> Plan:
    """Plan and apply; returns the plan that was applied.

    :param registry: also register the release of schemas
    :param passwords: set every login's password again from its secret, e.g. after it was renewed; the broker never shows passwords,
        so a plan cannot see a changed one
    :raises SetupError: a declaration, a secret, a right or the registry's ids are wrong
    :raises RetryLater: a server is away; what was done stays done, run it again
    """
    with ExitStack() as opened:
        admin = opened.enter_context(broker.admin(home, _ADMIN))
        books = opened.enter_context(Registry(home)) if registry else None
        steps = plan(home, admin, books)
        if passwords:
            steps = replace(steps, users=tuple(sorted({*steps.users, *_logins(home)})))
        carry_out(home, steps, admin, books)
        _settle(admin, steps)
    return steps


def preview(home: Home, registry: bool = True) -> Plan:
    """What :func:`apply` would do; errors as there."""
    with ExitStack() as opened:
        admin = opened.enter_context(broker.admin(home, _ADMIN))
        return plan(home, admin, opened.enter_context(Registry(home)) if registry else None)


def carry_out(home: Home, steps: Plan, admin: Admin, registry: Registry | None) -> None:
    """Rights are taken away before others are given, and last come the schemas: without a registry the bus works all the same."""
    for topic in steps.create:
        admin.create_topic(topic.name, topic.spec.partitions, topic.spec.config())
    for topic in steps.grow:
        admin.grow_topic(topic.name, topic.spec.partitions)
    for name, changes in steps.configs:
        admin.set_configs(name, changes)
    for name in steps.users:
        admin.set_password(name, home.secret(f"kafka.{name}").get_secret_value())
    admin.forbid(steps.forbid)
    admin.allow(steps.allow)
    for name, quota in steps.quotas:
        admin.set_quota(name, quota)
    if registry is not None:
        if steps.protect:
            registry.protect()
        for one in steps.schemas:
            registry.register(one)


def _settle(admin: Admin, steps: Plan) -> None:
    """Wait until the broker shows logins and rights: it answers before it has read its own log, and the next caller logs in at once."""

    def shown() -> bool:
        return set(steps.users) <= admin.users() and set(steps.allow) <= admin.rules()

    waiting = Retrying(
        retry=retry_if_result(lambda done: not done),
        stop=stop_after_delay(_SETTLE_S),
        wait=wait_fixed(0.1),
        retry_error_callback=lambda _: False,
    )
    if not waiting(shown):
        msg = f"the broker does not show the new logins and rights after {_SETTLE_S} s: run 'govbus topics apply' again"
        raise RetryLater(msg)


def _logins(home: Home) -> Iterable[str]:
    """Principals with a password in this home, but the one that this is run as."""
    found = (path.name.removeprefix("kafka.") for path in (home.folder / "secrets").glob("kafka.*"))
    return (name for name in found if name != _ADMIN)
