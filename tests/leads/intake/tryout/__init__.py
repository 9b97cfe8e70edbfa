"""What a site's developer tries out."""
