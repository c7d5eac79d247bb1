"""The web server's entry point."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from config.turns import Turns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

application = Turns(get_wsgi_application())
if settings.CONCORD_TRUSTED_PROXIES:
    # The audit log and the limits on log-in attempts need the visitor's address, not the proxy's.
    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=settings.CONCORD_TRUSTED_PROXIES)
