"""How gunicorn runs Kriteria: gevent workers that hold sockets and requests, drained in waves on a restart."""

import os

import gevent

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a worker is one event loop; linear algebra must not spread
bind = os.environ.get("KRITERIA_BIND", "127.0.0.1:8000")
worker_class = "gevent"  # patches in the worker BEFORE wsgi.py is imported: preload_app stays off
workers = int(os.environ.get("KRITERIA_WORKERS", "1"))  # more than one only with PostgreSQL and Redis
preload_app = False
worker_connections = 10_000  # sockets and requests of one worker; the default of 1000 would cap the sockets
backlog = 4096
keepalive = 65  # above the proxy's; the default of 2 s costs a TCP connection per answer
timeout = 30  # a worker whose event loop stands still this long is replaced
graceful_timeout = 5  # draining takes about 2 s; idle keep-alive connections would use up any longer wait
max_requests = 0  # never recycle: it would drop every socket
control_socket_disable = True  # else all instances of one account share one control socket
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - the heartbeat file must not wait for a disk
forwarded_allow_ips = os.environ.get("KRITERIA_FORWARDED_ALLOW_IPS", "127.0.0.1")
certfile = os.environ.get("KRITERIA_TLS_CERT") or None
keyfile = os.environ.get("KRITERIA_TLS_KEY") or None
accesslog = None  # the application writes one line per request
loglevel = "warning"
wsgi_app = "wsgi:app"

if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    from prometheus_client import multiprocess

    def child_exit(server, worker):
        """Take a dead worker's gauges out of the sums."""
        multiprocess.mark_process_dead(worker.pid)


def post_worker_init(worker):
    """On TERM or HUP close the sockets in waves with an Engine.IO close: the pages then reconnect by themselves."""

    def drain():
        while worker.alive:
            gevent.sleep(0.1)
        from wsgi import socketio

        engine = socketio.server.eio
        for number, sid in enumerate(list(engine.sockets)):
            try:
                engine.disconnect(sid)
            except (KeyError, OSError) as error:
                worker.log.info("socket %s was gone: %s", number, error)
            if number % 100 == 99:
                gevent.sleep(0.02)

    gevent.spawn(drain)
