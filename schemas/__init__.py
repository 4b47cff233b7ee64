"""What flows: models, ids, frames, the registry of topics, the ports, the tree of errors. Imports none of our other folders."""
