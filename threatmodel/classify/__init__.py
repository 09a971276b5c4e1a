"""What each tool can do: class, risk, flags, effects, and the words that show it."""
