"""Qt hosts of the pictures. They paint and report; they keep no truth."""
