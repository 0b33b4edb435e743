#!/usr/bin/env python3
"""An agent for Prime Spark in Python, with nothing but the standard library.

    AGENT_SECRET=$(openssl rand -hex 32) python3 http-agent.py --id pi --port 8090

The side that sends the tasks is configured with the same secret:

    primespark.agents.remote = [
      { type = http, id = pi, url = "http://pi5.local:8090", secret = ${AGENT_SECRET}, types = [text.count, nap], slots = 4 }
    ]

It does two types of task: `text.count` answers at once, and `nap` is long work that reports its progress. Put your own into
SHORT and LONG. The wire contract is written down in docs/agents.md.
"""

import argparse
import base64
import collections
import hashlib
import hmac
import json
import os
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SKEW = 60  # seconds that the clocks of the two sides may differ
MAX_BODY = 16 * 1024 * 1024
KEPT = 1000  # tasks that are remembered after their end, so that a repeated request gets the same answer


# --- what this agent can do


class Refused(Exception):
    """The task can never succeed; it is not tried again."""


def count(payload, work):
    if not isinstance(payload, str):
        raise Refused("text.count needs a text")
    return {"characters": len(payload), "words": len(payload.split())}


def nap(payload, work):
    steps = int(payload["steps"])
    for step in range(steps):
        if work.stop.wait(float(payload["seconds"]) / steps):
            return None  # nobody wants the result any more
        work.report(progress=(step + 1) / steps, note=f"slept {step + 1} of {steps}")
    return {"rested": True}


SHORT = {"text.count": count}
LONG = {"nap": nap}


# --- tokens: JWT (RFC 7519) with HS256


class BadToken(Exception):
    pass


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def digest(body):
    return encode(hashlib.sha256(body).digest())


class Tokens:
    def __init__(self, agent_id, secret):
        if len(secret.encode()) < 32:
            sys.exit("AGENT_SECRET needs 32 bytes at least, for example from: openssl rand -hex 32")
        self.agent_id = agent_id
        self.key = secret.encode()
        self.seen = {}  # jti -> when it may be forgotten
        self.lock = threading.Lock()

    def signature(self, signed):
        return hmac.new(self.key, signed.encode(), hashlib.sha256).digest()

    def sign(self, node, task_id, body):
        now = int(time.time())
        claims = {
            "iss": self.agent_id, "aud": node, "sub": task_id, "iat": now, "exp": now + 60,
            "jti": secrets.token_hex(16), "body_sha256": digest(body),
        }
        signed = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + "." + encode(json.dumps(claims).encode())
        return signed + "." + encode(self.signature(signed))

    def check(self, header, method, path, body):
        """Gives the claims of a good token; each is good once, for one method, path and body."""
        try:
            scheme, token = (header or "").split(" ", 1)
            head, middle, signature = token.strip().split(".")
            algorithm = json.loads(decode(head))["alg"]
            claims = json.loads(decode(middle))
            good = hmac.compare_digest(decode(signature), self.signature(head + "." + middle))
        except (ValueError, KeyError, TypeError):
            raise BadToken("this is no token")
        if scheme.lower() != "bearer" or algorithm != "HS256" or not good:
            raise BadToken("the signature is wrong")
        audience = claims.get("aud")
        if audience != self.agent_id and audience != [self.agent_id]:
            raise BadToken(f"the token is not for {self.agent_id}")
        now = time.time()
        if not claims["iat"] - SKEW <= now <= claims["exp"] + SKEW:
            raise BadToken("the token has expired, or the clocks differ")
        if (claims.get("htm"), claims.get("htu"), claims.get("body_sha256")) != (method, path, digest(body)):
            raise BadToken("the token is for another request")
        with self.lock:
            self.seen = {jti: end for jti, end in self.seen.items() if end > now}
            if claims["jti"] in self.seen:
                raise BadToken("the token has been used")
            self.seen[claims["jti"]] = claims["exp"] + SKEW
        return claims


# --- work


class Work:
    """One task, from its first request on."""

    def __init__(self, agent, claims, request):
        self.agent = agent
        self.task_id = request["task_id"]
        self.stop = threading.Event()
        self.state = {"status": "running"}
        self.renew(claims, request)

    def renew(self, claims, request):
        """Another attempt at the same task: what runs goes on, and is reported for that attempt."""
        self.node = claims["iss"]
        self.fence = request["fence"]
        self.callback = request.get("callback")

    def report(self, **news):
        self.state = {**self.state, **news}
        self.call_back()

    def document(self):
        return {**self.state, "fence": self.fence}

    def is_over(self):
        return self.state["status"] != "running"

    def call_back(self):
        """Tells how it is going. One that gets lost is made up for: the other side asks now and then."""
        if not self.callback or self.stop.is_set():
            return
        body = json.dumps(self.document()).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": "Bearer " + self.agent.tokens.sign(self.node, self.task_id, body),
        }
        try:
            urllib.request.urlopen(urllib.request.Request(self.callback, body, headers, method="POST"), timeout=10).close()
        except urllib.error.HTTPError as e:
            if e.code == 410:  # the attempt is over there
                self.stop.set()
        except OSError as e:
            print(f"callback for {self.task_id} failed: {e}", file=sys.stderr)

    def run(self, handler, payload):
        try:
            self.report(status="done", result=handler(payload, self), progress=1)
        except Refused as e:
            self.report(status="failed", error=str(e), retryable=False)
        except Exception as e:  # the other side decides whether it is tried again
            self.report(status="failed", error=f"{type(e).__name__}: {e}", retryable=True)


class Agent:
    def __init__(self, agent_id, secret, slots):
        self.tokens = Tokens(agent_id, secret)
        self.slots = slots
        self.works = collections.OrderedDict()  # by task id
        self.lock = threading.Lock()

    def begin(self, claims, request):
        """Gives (status, answer) and the work to be done, if there is any that is new."""
        with self.lock:
            known = self.works.get(request["task_id"])
            if known and known.fence > request["fence"]:
                return 409, {"error": "a later attempt is here already"}, None
            if known and not known.stop.is_set() and known.state["status"] != "failed":
                known.renew(claims, request)
                return (200, known.state["result"], None) if known.is_over() else (202, known.document(), None)
            running = sum(1 for work in self.works.values() if not work.is_over() and not work.stop.is_set())
            if running >= self.slots:
                return 503, {"error": "all slots are taken"}, None
            work = self.works[request["task_id"]] = Work(self, claims, request)
            over = [key for key, old in self.works.items() if old.is_over() or old.stop.is_set()]
            for key in over[: max(0, len(self.works) - KEPT)]:
                del self.works[key]
            return 202, work.document(), work

    def execute(self, claims, request):
        if request["type"] not in SHORT and request["type"] not in LONG:
            return 422, {"error": f"this agent does not do {request['type']}"}
        status, answer, work = self.begin(claims, request)
        if work is None:
            return status, answer
        if request["type"] in LONG:
            run = threading.Thread(target=work.run, args=(LONG[request["type"]], request["payload"]), daemon=True)
            run.start()
            return 202, answer
        work.callback = None
        work.run(SHORT[request["type"]], request["payload"])
        if work.state["status"] == "done":
            return 200, work.state["result"]
        return (500 if work.state["retryable"] else 422), {"error": work.state["error"]}

    def cancel(self, task_id, fence):
        with self.lock:
            work = self.works.get(task_id)
            if work and work.fence <= fence:  # not for a later attempt
                work.stop.set()
        return 204, None


# --- HTTP


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    agent = None

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def do_DELETE(self):
        self.serve()

    def serve(self):
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = MAX_BODY + 1
        if length > MAX_BODY:
            self.close_connection = True
            return self.answer(413, {"error": "the body is too long"})
        body = self.rfile.read(length)
        path, _, query = self.path.partition("?")
        try:
            claims = self.agent.tokens.check(self.headers.get("Authorization"), self.command, path, body)
        except BadToken as e:
            return self.answer(401, {"error": str(e)})
        self.answer(*self.route(claims, path, query, body))

    def route(self, claims, path, query, body):
        if (self.command, path) == ("GET", "/api/health"):
            return 200, {"status": "healthy"}
        if (self.command, path) == ("POST", "/api/execute"):
            try:
                return self.agent.execute(claims, json.loads(body))
            except (ValueError, KeyError, TypeError) as e:
                return 400, {"error": f"the request is not as it should be: {type(e).__name__}"}
        if path.startswith("/api/execute/"):
            task_id = path.removeprefix("/api/execute/")
            if self.command == "DELETE":
                return self.agent.cancel(task_id, int(query.removeprefix("fence=") or 0))
            if self.command == "GET" and task_id in self.agent.works:
                return 200, self.agent.works[task_id].document()
        return 404, {"error": "there is nothing here"}

    def answer(self, status, document):
        body = b"" if status == 204 else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, message, *arguments):
        print(self.command, self.path, *arguments[1:2], file=sys.stderr)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--id", default="pi", help="the id by which the other side configures this agent")
    options.add_argument("--host", default="127.0.0.1", help="where to listen; only here unless you say otherwise")
    options.add_argument("--port", type=int, default=8090, help="0 for any")
    options.add_argument("--slots", type=int, default=4, help="how many tasks at once")
    chosen = options.parse_args()
    Handler.agent = Agent(chosen.id, os.environ.get("AGENT_SECRET", ""), chosen.slots)
    server = ThreadingHTTPServer((chosen.host, chosen.port), Handler)
    server.daemon_threads = True
    print(f"agent {chosen.id} listens on http://{chosen.host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
