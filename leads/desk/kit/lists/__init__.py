"""What every list of the admin is made of: filters, spans, pages by key, the next row."""
