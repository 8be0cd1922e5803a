"""The built-in provider: free, local, real clips. `gateway` is its port, `renderer` makes a clip from one job."""
