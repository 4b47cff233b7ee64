"""The runtime on Apache Kafka: a Faust app whose agents have no memory, and casework as a service that owns its partitions."""
