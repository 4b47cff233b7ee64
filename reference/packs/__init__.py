"""The reference packs that ship with the program, and (in `make`) the scripts that made their tables."""
