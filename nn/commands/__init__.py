"""The commands of `python -m nn`: train, predict, explain and demo, for those who write no Python."""
