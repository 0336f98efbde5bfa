"""Adapters of a purpose that ends one day: which purpose is whose, and whether it has ended."""

from collections.abc import Mapping

from adapters.declaration import Adapter, CodeDoor, CodeSink, FileSource, RoundSource, SqlSource
from govbus.settings import Home
from schemas import purposes
from topics.load import load


def purpose_of(adapter: Adapter, among: Mapping[str, Adapter]) -> str:
    """Purpose of what an adapter reads, writes or keeps; empty for none.

    :param among: all adapters by id: a door shows what another one keeps
    """
    spec = adapter.spec
    if isinstance(spec, CodeDoor):
        return purpose_of(among[spec.store], among)
    topic = spec.codes if isinstance(spec, CodeSink) else spec.topic if isinstance(spec, RoundSource | FileSource | SqlSource) else ""
    return purposes.by_record().get(load().records.get(topic, ""), "")


def ended(home: Home, purpose: str) -> str:
    """Why an adapter of this purpose must not run; empty while it may."""
    if not purpose or not purposes.ended(home.folder, purpose).exists():
        return ""
    return f"purpose {purpose} has ended by order: nothing is taken, kept or shown for it any more; take this program out of what runs here"
