"""Where a person's intention becomes an edit. No geometry, no voxel loop lives here."""
