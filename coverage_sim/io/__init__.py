"""Files: tables, polygons and TOML read and checked; writes that leave nothing half done."""
