"""A page of mathematics as text, LaTeX, Markdown and HTML."""
