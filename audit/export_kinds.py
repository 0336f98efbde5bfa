"""How an export may be written; by itself, so that ``govbus --help`` loads nothing that writes."""

from enum import StrEnum


class Kind(StrEnum):
    """How an export is written. The end of its files is the same word."""

    JSONL = "jsonl"
    AVRO = "avro"
    CSV = "csv"
    PARQUET = "parquet"
