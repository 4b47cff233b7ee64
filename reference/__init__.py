"""A centre as data: reference packs, loaded and checked as a whole, immutable, known by their hash."""
