"""What the user writes about one agent."""
