"""One batch on its way to Zoho, and what is there already."""
