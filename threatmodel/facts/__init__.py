"""What is true of the agent, each truth with what shows it."""
