"""Profiles of departments' lines: `profile.py` says what one is, each YAML file beside it is one."""
