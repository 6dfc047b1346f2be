from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    name = "ops_portal.embedded"
    label = "embedded"
