"""The delivery worker: clusters of django-q2 under one supervisor."""
