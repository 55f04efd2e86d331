"""One scenario: its network, its villages, and what is known of them."""
