"""From masts and terrain to the network over an area: windows, tiles, and their store."""
