"""Findings from measures and limits. No check repairs what it finds."""
