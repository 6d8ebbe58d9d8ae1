"""The REST routes, a file for each service behind them."""
