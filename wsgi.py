"""What gunicorn serves: `wsgi:app`, one worker's application with its own ticker."""

from web import journal
from web import settings as environment
from web.serving import serve_worker

settings = environment.load()
journal.configure(settings.log_level)
app, socketio = serve_worker(settings)
