"""The HTTP door: departments push reports, and ask what became of them."""
