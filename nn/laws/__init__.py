"""From the derivatives of every weight of a network to the general laws behind them: `rules`."""
