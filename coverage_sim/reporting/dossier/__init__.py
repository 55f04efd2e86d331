"""What an office gets of masts that were checked: plans, letter, table of reasons, field map."""
