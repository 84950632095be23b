"""A case seen. Viewers read and report gestures; they never change a case."""
