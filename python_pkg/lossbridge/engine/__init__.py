"""How a formula is executed: the only code that knows tapes, graphs, XLA and devices."""
