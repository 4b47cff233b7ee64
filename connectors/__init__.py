"""How reports get in: one module a kind of file, the mapping, acceptance."""
