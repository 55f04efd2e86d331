"""Propagation models, one file each; dropping a file here registers it."""
