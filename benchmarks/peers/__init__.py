"""The contestants, each a program of its own: the same work on different runtimes."""
