"""From fields to who wrote and how to reach them."""
