"""What `ucc doctor` looks at, one part of an installation a module. A check changes nothing, and says what to do about what it finds."""
