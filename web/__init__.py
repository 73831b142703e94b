"""The web application, its pages and sockets, and the command line."""
