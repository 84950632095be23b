"""One tool a file: parameters and a pure function. No effect knows another, a window or a case."""
