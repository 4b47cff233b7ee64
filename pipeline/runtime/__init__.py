"""What carries the core: the embedded log and its runner. The core knows nothing of it."""
