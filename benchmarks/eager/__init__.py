"""What `benchmarks/engine.py` measures, a file for each kind of rows."""
