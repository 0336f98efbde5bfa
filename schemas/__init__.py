"""What may be said on the bus: record types as Avro, released under ids that never change meaning (docs/decisions/0003)."""
