"""A scenario that is opened once and changed again and again."""
