"""Rasters, tables and maps for people; knows arrays and tables, not scenarios."""
