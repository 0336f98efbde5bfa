"""Who is who: identifiers with their checks, names and dates as people write them, and the comparison of a claim with a record.

Pure and in the core, because a holder's answerer and the agent's state must compare by the same rules. Authority: domain notes C1–C8, D5.
"""
