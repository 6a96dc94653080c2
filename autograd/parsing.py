from .parse import parse, parse_assignments, read
