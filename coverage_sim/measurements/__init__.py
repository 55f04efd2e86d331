"""Measured signal against the prediction: drive tests, their errors, and what they teach."""
