"""What the project knows: facts, threats, controls and how they hang together, as checked data."""
