"""What a site's developer tries out: a dry run, which makes no lead, and a test lead."""
