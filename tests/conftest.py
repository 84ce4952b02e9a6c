"""What every test may use: real servers, started when a test first asks for one."""

pytest_plugins = ["pytester", "servers.all_dialects", "servers.foreign", "servers.postgres", "servers.redis"]
