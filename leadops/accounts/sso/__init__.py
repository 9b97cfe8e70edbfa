"""Single sign-on: logging in at a provider by OpenID Connect."""
