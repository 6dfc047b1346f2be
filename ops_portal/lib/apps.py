from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "ops_portal.lib"
    label = "lib"
    verbose_name = "Floor"
