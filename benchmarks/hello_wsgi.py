"""The measure's entry point."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.hello_settings"
application = get_wsgi_application()
