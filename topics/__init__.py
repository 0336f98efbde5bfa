"""Where it is said: topics, who may use them and why, and the way to the broker that applies both."""
