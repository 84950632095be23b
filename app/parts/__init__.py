"""The window's building blocks. They show what they are given and keep no truth."""
