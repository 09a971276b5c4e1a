"""What can go wrong: threats, layers and attack paths."""
