"""The strings behind the puppet, and the pages for people."""
