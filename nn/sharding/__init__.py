"""Training on several processes or machines: batches in shards, computed by whatever executor one has."""
