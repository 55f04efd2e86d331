"""Reports that a department can hand in: one HTML file from result folders, and sheets."""
