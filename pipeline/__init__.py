"""What happens to reports: intake (no memory), casework (the fold), and the runtimes that carry them."""
