"""What answers instead of the village committee's stamp: the 20 proofs of 民发〔2020〕20号, mapped to proof items, as data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from govbus.errors import SetupError
from govbus.settings import Declared

FILE = Path(__file__).with_name("village_proofs.yaml")
Item = Annotated[str, Field(pattern=r"^proof-(0[1-9]|1\d|2[0-7])$")]
"""One of the 27 proof items (domain notes D3)."""


class VillageProof(Declared):
    """One proof that a committee must no longer issue."""

    number: int = Field(ge=1, le=20, description="its number in the list")
    zh: str = Field(min_length=1, description="its name in the list")
    checkable: Literal["whole", "partly", "none"]
    items: tuple[Item, ...] = Field(default=(), description="proof items that answer it")
    facts: tuple[Item, ...] = Field(default=(), description="proof items that answer only something it rests on")
    why: str = Field(default="", description="what stays open, or why no record can answer it")

    @model_validator(mode="after")
    def _says_what_is_open(self) -> "VillageProof":
        if (self.checkable == "none") == bool(self.items) or (self.checkable == "whole") == bool(self.why):
            msg = "whole has items and no why, partly has both, none has a why and no items"
            raise ValueError(msg)
        if both := set(self.items) & set(self.facts):
            msg = f"{', '.join(sorted(both))} cannot both answer it and not answer it"
            raise ValueError(msg)
        return self


class List(Declared):
    """The file."""

    source: str
    proofs: tuple[VillageProof, ...]

    @model_validator(mode="after")
    def _complete(self) -> "List":
        if [proof.number for proof in self.proofs] != list(range(1, 21)):
            msg = "the list has its 20 proofs, each once and in order"
            raise ValueError(msg)
        return self


def load_village_proofs(path: Path = FILE) -> Mapping[int, VillageProof]:
    """The 20 proofs by number.

    :raises SetupError: naming the faults of the file
    """
    try:
        found = List.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        msg = f"{path.name} cannot be used: {error}"
        raise SetupError(msg) from error
    return {proof.number: proof for proof in found.proofs}
