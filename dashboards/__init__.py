"""What people see on screens: built in an issue of its own; nothing is here yet."""
