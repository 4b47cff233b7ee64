"""The way of a case that is worked on: its states, clocks, returns, orders and alerts, driven by commands and the clock."""
