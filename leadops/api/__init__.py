"""The operations API: the desk for programs. Rows, rights and decisions are the desk's own."""
