"""How fast it is, and how cost grows with the work; run by hand, see README.md beside this file."""
