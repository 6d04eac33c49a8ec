"""Assignment of the peaks of a predicted spectrum to atoms."""
