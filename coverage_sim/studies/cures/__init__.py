"""What would cover a village."""
