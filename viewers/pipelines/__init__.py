"""State in, pixels or an off-screen scene out. Nothing here opens a window."""
