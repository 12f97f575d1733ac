"""What is run: the command line, the start of the service, its checks."""
