"""`ucc demo`: a district's day, simulated, through the real doors."""
