"""Intake: place, classify, route. It has no memory and works on a frame at a time; it may run twice (`DESIGN.md` §3)."""
