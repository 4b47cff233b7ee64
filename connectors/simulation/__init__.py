"""Lifelike payloads of every source, as it would push them: synthetic, reproducible by a seed."""
