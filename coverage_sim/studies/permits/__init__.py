"""May this mast stand here, what would it serve, and where else could it stand."""
