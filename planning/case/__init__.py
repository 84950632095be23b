"""The one document, its edits and their history. State changes here and nowhere else."""
