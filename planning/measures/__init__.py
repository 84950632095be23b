"""Numbers with a unit, a definition and a source. Nothing here judges them."""
