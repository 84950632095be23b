"""How Hypothesis runs here: no deadline, since a kernel's first call may compile it."""

from hypothesis import settings

settings.register_profile("kernels", deadline=None)
settings.load_profile("kernels")
