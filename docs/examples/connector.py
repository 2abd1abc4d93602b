#!/usr/bin/env python3
"""A connector: a channel of your own, in a process of its own, that knows of Ringdesk only its public API and its webhooks (docs/channels.md).

  connector.py --ringdesk http://127.0.0.1:8080 --inbox ID --secret whsec_… --listen 127.0.0.1:9000 --state connector.json

The channel's own side is the smallest that can be: `POST /say` is what a contact writes, `GET /got` is what they were sent. Take it as it is and put your
messenger in the place of both. What it shows is what every connector has to do:

- Write down before answering. What was taken survives `kill -9`; what was not written down was not taken.
- Know a text by its id. Webhooks come again when an answer was lost; contacts' texts are sent again until they are acknowledged.
- Believe only what is signed, lately (Standard Webhooks). A request that was caught and sent once more changes nothing.
- Say what one cannot do: other types are refused (422), what is too large is refused (413), and both sides learn it.

Licence: MIT or Apache-2.0, as you like.
"""
import argparse, base64, hashlib, hmac, http.client, json, os, queue, threading, time, urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Seconds that a clock may be wrong, and bytes of one webhook.
TOLERANCE, LARGEST = 300, 256 * 1024
KNOWN = ("message_created", "message_updated", "message_recalled")
AGAIN = 0.2


class State:
    """What must not be forgotten, in a file that is replaced whole."""

    def __init__(self, path):
        self.path, self.lock = path, threading.Lock()
        self.kept = {"got": [], "seen": [], "out": [], "receipts": []}
        if os.path.exists(path):
            with open(path) as file:
                self.kept = json.load(file)

    def change(self, change):
        with self.lock:
            result = change(self.kept)
            part = self.path + ".part"
            with open(part, "w") as file:
                json.dump(self.kept, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path)
            return result

    def look(self, look):
        with self.lock:
            return look(self.kept)


class Connector:
    def __init__(self, options):
        self.state, self.options = State(options.state), options
        self.key = base64.b64decode(options.secret.removeprefix("whsec_"))
        self.wake = queue.Queue()
        # For trying out what happens: so many webhooks are taken and never answered.
        self.mute = 0
        threading.Thread(target=self.deliver, daemon=True).start()

    # What we bring.

    def signature(self, name, at, body):
        return "v1," + base64.b64encode(hmac.new(self.key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()).decode()

    def post(self, what, body):
        """One signed request; gives its status and answer."""
        at, name = str(int(time.time())), f"msg_{os.urandom(12).hex()}"
        to = urllib.parse.urlsplit(self.options.ringdesk)
        kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
        connection = kind(to.hostname, to.port, timeout=10)
        headers = {"content-type": "application/json", "webhook-id": name, "webhook-timestamp": at, "webhook-signature": self.signature(name, at, body)}
        connection.request("POST", f"/public/api/v1/inboxes/{self.options.inbox}/{what}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def deliver(self):
        """Everything that waits, in its order, until it was acknowledged. Refused is refused: it would be refused again."""
        while True:
            first = self.state.look(lambda kept: (kept["out"] or [None])[0])
            if first is None:
                self.wake.get()
                continue
            try:
                status, _ = self.post(first["what"], json.dumps(first["body"]).encode())
            except (OSError, http.client.HTTPException):
                status = 0
            if status in (200, 201) or 400 <= status < 500 and status not in (408, 425, 429):
                self.state.change(lambda kept: (kept["out"].pop(0), kept["receipts"].append([first["body"].get("id"), status])))
            else:
                time.sleep(AGAIN)

    def bring(self, what, body):
        self.state.change(lambda kept: kept["out"].append({"what": what, "body": body}))
        self.wake.put(None)

    # What we are sent.

    def believed(self, headers, body):
        name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not name or not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE:
            return None
        right = self.signature(name, at, body)
        given = headers.get("webhook-signature", "").split()
        return name if any(hmac.compare_digest(right, one) for one in given) else None

    def take(self, headers, body):
        """The status that answers it; None: no answer at all."""
        name = self.believed(headers, body)
        if name is None:
            return 401
        try:
            told = json.loads(body)
        except ValueError:
            return 422
        if not isinstance(told, dict) or told.get("type") not in KNOWN:
            return 422

        def keep(kept):
            if name in kept["seen"]:
                return False
            kept["seen"].append(name)
            kept["got"].append(told)
            return True

        is_new = self.state.change(keep)
        if is_new and told["type"] == "message_created":
            self.bring("receipts", {"message": told["message"], "state": "delivered"})
        if self.mute > 0:
            self.mute -= 1
            return None
        return 204


def server(connector):
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self, status, body=None):
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):
            if self.path == "/got":
                self.answer(200, connector.state.look(lambda kept: {"got": kept["got"], "waiting": len(kept["out"]), "answers": kept["receipts"]}))
            else:
                self.answer(404)

        def do_POST(self):
            length = int(self.headers.get("content-length") or 0)
            if length > LARGEST:
                self.close_connection = True
                return self.answer(413)
            body = self.rfile.read(length)
            if self.path == "/hook":
                status = connector.take(self.headers, body)
                if status is None:
                    self.close_connection = True
                    return None
                return self.answer(status)
            told = json.loads(body)
            if self.path == "/say":
                connector.bring("messages", {"id": told["id"], "contact": {"id": told["contact"]}, "text": told["text"]})
            elif self.path == "/receipt":
                connector.bring("receipts", {"message": told["message"], "state": told["state"]})
            elif self.path == "/mute":
                connector.mute = told["times"]
            else:
                return self.answer(404)
            return self.answer(202)

        def log_message(self, *_):
            pass

    host, port = connector.options.listen.rsplit(":", 1)
    ThreadingHTTPServer.allow_reuse_address = True
    return ThreadingHTTPServer((host, int(port)), Door)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("ringdesk", "inbox", "secret", "listen", "state"):
        arguments.add_argument(f"--{name}", required=True)
    connector = Connector(arguments.parse_args())
    connector.wake.put(None)
    server(connector).serve_forever()


main()
