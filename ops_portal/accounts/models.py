from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person who signs in, or the service user behind an API key."""
