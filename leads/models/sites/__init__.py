"""Who sends leads: sites, their keys, addresses and allowance, and what was refused of them."""
