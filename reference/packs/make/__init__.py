"""Scripts that made the committed tables: small, deterministic, run by hand (`python -m reference.packs.make.<name>`)."""
