"""The figures of our Kafka runtime: one a file."""
