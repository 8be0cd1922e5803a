"""What a film, a provider and a run are: frozen values, and the ports (protocols) of the outside."""
