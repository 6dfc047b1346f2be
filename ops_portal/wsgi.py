"""The way in for a web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

import ops_portal.celery  # noqa: F401 - tasks that a request sends go through the configured application

application = get_wsgi_application()
