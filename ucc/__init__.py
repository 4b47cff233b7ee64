"""The command line and the settings: the one place that wires the parts together."""
