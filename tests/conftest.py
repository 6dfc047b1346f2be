"""What holds for every test."""

from hypothesis import settings

# How long an example takes is the machine's affair; speed is measured by the benchmarks.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")
