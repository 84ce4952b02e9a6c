"""The commands for those who look after a server: on its database, whether it runs or not."""
