"""Words that declarations of cases are made of."""

from collections.abc import Mapping
from typing import Literal

from govbus.clocks.declared import Clock, load_clocks

Outcome = Literal["match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout"]
OUTCOMES: tuple[Outcome, ...] = ("match", "match_variant", "mismatch", "no_record", "ambiguous", "refused", "timeout")
Trigger = Literal[Outcome, "sampled", "not_sampled", "answered", "conflict"]
ASKER, HOLDER, BUS = "asker", "holder", "bus"
GIVEN = ("text_hash", "request_id", "reason")
"""What a move may need besides the declared fields: fields of :file:`case_move.avsc`."""

CLOCKS: Mapping[str, Clock] = load_clocks()
