"""The status page: static files, made to be hosted outside the cluster that they tell about."""
