"""`leadops doctor`: everything an operator would look at, with a tick or what to do."""
