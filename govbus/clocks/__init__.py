"""How long a duty may take: working days by State Council notice, and clocks that are reckoned anew from their events.

Pure and in the core, because agents, departments' adapters and the duty report must come to the same day. Authority: domain notes D1, D4;
Civil Code Art 200–204 where a rule is silent.
"""
