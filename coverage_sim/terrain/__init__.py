"""What the ground is: catalogue of layers, one reprojection onto the grid, clutter and zones."""
