"""Lists of sites: what is doubtful in one, and the same in another layout."""
