"""CI systems: what their variables say about a run, and what of it may be trusted."""
