"""The shipped sample stream: a synthetic week of a district's hotline, and the program that makes it."""
