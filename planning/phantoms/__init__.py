"""Made patients with exact truth. Nothing here is ever mistaken for a person."""
