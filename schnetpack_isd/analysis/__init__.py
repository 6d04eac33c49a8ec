"""Questions of experimentalists: films, orientation, matching and assignment."""
