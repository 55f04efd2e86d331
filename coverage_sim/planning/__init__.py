"""Where masts may stand and should stand."""
