"""How right each loss and its gradient is, in units in the last place: `make accuracy`."""
