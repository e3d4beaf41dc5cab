"""Batch evaluation: datasets go in, every sample is solved and graded once, a report comes out."""
