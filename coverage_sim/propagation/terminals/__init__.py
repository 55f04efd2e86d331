"""Losses at the phone, one file each; dropping a file here registers it."""
