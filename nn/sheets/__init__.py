"""Training as a spreadsheet of live formulas: `nn.spreadsheet`."""
