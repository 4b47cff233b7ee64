"""Casework: the fold over all that happens to a centre (`DESIGN.md` §3). Pure: no clock, network, database or randomness."""
