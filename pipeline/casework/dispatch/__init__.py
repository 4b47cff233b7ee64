"""Who is sent: run cards answer a case, responders are weighed, orders followed. Pure: no clock, no chance; what it knows is given."""
