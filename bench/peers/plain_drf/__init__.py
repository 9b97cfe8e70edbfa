"""The usual way: a Django project with one DRF view, a serializer, and three rows a lead."""
