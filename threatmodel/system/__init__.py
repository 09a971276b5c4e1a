"""Systems: what reaches each member along the flows, and what follows from it."""
