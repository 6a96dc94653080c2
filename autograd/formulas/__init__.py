"""A typed formula, from its characters to its computation; no `eval` anywhere."""
