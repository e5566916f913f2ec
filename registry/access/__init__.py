"""Who is at the door: passwords, sessions, the registry's own OpenID provider, and the guard before every page."""
