"""The console as a Django app: its templates, static files and words; no models."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "troth.console"
    label = "console"
