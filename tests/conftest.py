"""What every test may use: real servers, started when a test first asks for one."""

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "pytester",
    "servers.all_dialects",
    "servers.foreign",
    "servers.image",
    "servers.postgres",
    "servers.redis",
]

# How fast the machine is, and what else it does meanwhile, is nothing that a test is about.
settings.register_profile("palaver", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("palaver")
