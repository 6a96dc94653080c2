"""A recorded graph as a program: flattened once, then run over many samples by code generated from the table."""
