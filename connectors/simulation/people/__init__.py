"""The people of a simulated district: units, desk and responders, who are late, decline, return and forget. Pure: seeded, without clock or network."""
