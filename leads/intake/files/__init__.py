"""Files of leads: from a table or lines of JSON to rows, and from rows to stored leads."""
