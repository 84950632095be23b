"""What a hand did in a view, as plain values. Nothing here decides what it means."""
