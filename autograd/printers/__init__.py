"""An expression as text, LaTeX, MathML, Python and spreadsheet formula: a small file each, one decision of shape."""
