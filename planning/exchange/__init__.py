"""A case out, and back in by a second road. No exporter trusts its own writer."""
