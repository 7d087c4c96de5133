"""The WSGI application that the web server runs."""

from __future__ import annotations

import atexit
import os

from django.core.wsgi import get_wsgi_application

from troth.site.logs import set_up_logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")
set_up_logs()
application = get_wsgi_application()

from troth.actions.reads import ReadRecorder  # noqa: E402 - needs Django set up

_reads = ReadRecorder()
_reads.start()
atexit.register(_reads.stop)
