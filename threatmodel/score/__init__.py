"""How bad it could get: formula, factors, base vectors, headline, range."""
