"""The scenario file: what it may say, how it is read, how one changes another."""
