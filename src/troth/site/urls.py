"""Which address leads where?"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from troth.api import urls as api
from troth.api.scim import users as scim
from troth.console import urls as console
from troth.site import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("api/", include(api.urlpatterns)),
    path("scim/v2/", include(scim.urlpatterns)),
    path("problems/", include(api.problem_urlpatterns)),
    path("", include(console.urlpatterns)),
    path("", include(console.allauth_urlpatterns)),
]
