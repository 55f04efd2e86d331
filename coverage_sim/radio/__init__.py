"""From path loss to what a phone measures."""
