"""Do the migrations say what the models say? Exit 1 where a model has changed without one."""

from __future__ import annotations

import os
import sys
import warnings

os.environ["DJANGO_SETTINGS_MODULE"] = "troth.site.settings"
# Without a database Django cannot compare with what is applied; that is not the question here.
warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")

import django  # noqa: E402
from django.core.management import call_command  # noqa: E402

django.setup()
try:
    call_command("makemigrations", "store", check=True, dry_run=True)
except SystemExit as stop:
    sys.exit(stop.code)
