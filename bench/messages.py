#!/usr/bin/env python3
"""From a visitor's message to the agents' pages, with a thousand sockets open in one run.

  messages.py [--sockets 1000] [--desks 20] [--rate 50] [--secs 30] [--binary target/release/ringdesk]

Everybody but the desks is a visitor of a web site with a socket and a conversation of their own; each desk is the page of somebody who sees all
conversations, so every message is told to every desk. A time counts from the visitor's frame to the event in a desk's socket, by the clock of this
process, which costs its own share of the machine: the figures are an upper bound. Exit 1: something was not told to everybody, or the target is missed.
"""
import argparse, asyncio, http.client, json, os, platform, random, re, shutil, signal, socket, subprocess, sys, tempfile, time, urllib.request
from websock import Closed, WebSocket

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKS = os.sysconf("SC_CLK_TCK")
PASSWORD = "only-for-benchmarks-1"
TARGET_MS = 500
# Limits of one address: new visitors at once, and of one inbox (docs/web-chat.md).
OF_ADDRESS, OF_INBOX = 25, 450


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Server:
    def __init__(self, binary):
        self.folder = tempfile.mkdtemp(prefix="ringdesk-bench-")
        self.http, sip = free_port(), free_port()
        config = os.path.join(self.folder, "ringdesk.toml")
        with open(config, "w") as file:
            file.write(f'data = "{self.folder}/data"\n[http]\nlisten = "127.0.0.1:{self.http}"\n[https]\nlisten = []\n[log]\nfilter = "warn"\n'
                       f'[asr]\nengines = []\nlive = false\n[[signaling.interface]]\nname = "bench"\nudp = "127.0.0.1:{sip}"\n')
        self.log = open(os.path.join(self.folder, "server.log"), "w")
        env = dict(os.environ, RINGDESK_DEMO_PASSWORD=PASSWORD, RINGDESK_DEMO_PACK="off")
        self.process = subprocess.Popen([binary, "--config", config, "serve", "--demo"], stdout=self.log, stderr=self.log, env=env)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.http}/readyz", timeout=5)
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        raise SystemExit("the server did not come up: " + open(self.log.name).read()[-2000:])

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[-1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def ask(self, method, path, body=None, token=None, source=None):
        """One request; from an address of its own where `source` says so."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=60, source_address=(source, 0) if source else None)
        headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{self.http}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Visitor:
    def __init__(self, socket_):
        self.socket = socket_
        self.sent = {}
        self.reading = asyncio.create_task(self.read())

    def say(self, text):
        """Gives what ends with conversation, number and time of the acknowledgement."""
        name = f"{random.getrandbits(128):032x}"
        done = asyncio.get_running_loop().create_future()
        self.sent[name] = done
        self.socket.send(json.dumps({"t": "send", "id": name, "text": text}))
        return done

    async def read(self):
        try:
            while True:
                frame = json.loads(await self.socket.receive())
                if frame["t"] == "ack" and (done := self.sent.pop(frame["id"], None)):
                    done.set_result((frame["conversation"], frame["seq"], time.perf_counter()))
                elif frame["t"] == "refused":
                    self.sent.pop(frame["id"]).set_exception(Closed(f"refused: {frame['reason']}"))
        except (OSError, Closed, asyncio.IncompleteReadError) as gone:
            for done in self.sent.values():
                done.set_exception(Closed(str(gone)))


async def follow(desk, told):
    """When which message was told to this desk."""
    while True:
        text = await desk.receive()
        at = time.perf_counter()
        if '"message_created"' in text:
            data = json.loads(text)["data"]
            told[(data["conversation"], data["seq"])] = at


def at(sorted_times, share):
    return sorted_times[min(len(sorted_times) - 1, int(share * len(sorted_times)))]


async def run(server, options):
    admin = server.ask("POST", "/api/v1/auth/login", {"login": "admin", "password": PASSWORD})
    house = f"/api/v1/accounts/{admin['account_id']}"
    visitors_wanted = options.sockets - options.desks
    queue = server.ask("GET", f"{house}/queues", token=admin["token"])[0]["id"]
    inboxes = [server.ask("POST", f"{house}/text_inboxes", {"name": f"Site {n}", "queue": queue, "site": {"allowed": ["*"]}}, admin["token"])["id"]
               for n in range(-(-visitors_wanted // OF_INBOX))]
    desks, told = [], []
    for _ in range(options.desks):
        headers = [("Authorization", f"Bearer {admin['token']}")]
        desk = await WebSocket.open("127.0.0.1", server.http, f"{house}/events", headers)
        told.append({})
        desks.append((desk, asyncio.create_task(follow(desk, told[-1]))))
    visitors, loop = [], asyncio.get_running_loop()
    for n in range(visitors_wanted):
        address, inbox = f"127.7.{n // OF_ADDRESS // 250}.{1 + n // OF_ADDRESS % 250}", inboxes[n // OF_INBOX]
        base = f"/public/api/v1/widget/{inbox}"
        made = await loop.run_in_executor(None, lambda: server.ask("POST", f"{base}/visitors", source=address))
        socket_ = await WebSocket.open("127.0.0.1", server.http, f"{base}/socket", [("Origin", f"http://127.0.0.1:{server.http}")], source=address)
        socket_.send(json.dumps({"t": "hello", "token": made["token"], "conversation": None, "after": 0, "page": {}, "language": "en"}))
        visitors.append(Visitor(socket_))
        # Their first text opens their conversation; what is measured are those that follow.
        await asyncio.wait_for(visitors[-1].say("hello"), 60)
        if n % 100 == 99:
            print(f"  {n + 1} visitors are there", file=sys.stderr, flush=True)

    print(f"  {len(visitors)} visitors and {len(desks)} desks: {options.rate} messages a second for {options.secs} s", file=sys.stderr, flush=True)
    for one in told:
        one.clear()
    began, spent, own, sent = time.perf_counter(), server.cpu(), time.process_time(), []
    order = random.sample(range(len(visitors)), len(visitors))
    for n in range(options.rate * options.secs):
        due = began + n / options.rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        visitor = visitors[order[n % len(order)]]
        sent.append((time.perf_counter(), visitor.say(f"message {n} of this run, as long as people write")))
    answers = await asyncio.wait_for(asyncio.gather(*(done for _, done in sent)), 60)
    places = {(conversation, seq) for conversation, seq, _ in answers}
    for _ in range(600):
        if all(places <= one.keys() for one in told):
            break
        await asyncio.sleep(0.1)
    lasted, spent, own = time.perf_counter() - began, server.cpu() - spent, time.process_time() - own
    acknowledged = sorted((when - begun) * 1000 for (begun, _), (_, _, when) in zip(sent, answers))
    reached, missing = [], 0
    for (begun, _), (conversation, seq, _) in zip(sent, answers):
        for one in told:
            when = one.get((conversation, seq))
            if when is None:
                missing += 1
            else:
                reached.append((when - begun) * 1000)
    reached.sort()
    for desk, reading in desks:
        reading.cancel()
        desk.close()
    return acknowledged, reached, missing, len(sent), spent, own, lasted


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--sockets", type=int, default=1000)
    arguments.add_argument("--desks", type=int, default=20, help="at most 20: one person's")
    arguments.add_argument("--rate", type=int, default=50, help="messages a second")
    arguments.add_argument("--secs", type=int, default=30)
    arguments.add_argument("--binary", default=f"{ROOT}/target/release/ringdesk")
    options = arguments.parse_args()
    server = Server(options.binary)
    try:
        acknowledged, reached, missing, sent, spent, own, lasted = asyncio.run(run(server, options))
    finally:
        server.stop()
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    print(f"\n{os.cpu_count()} x {model.group(1) if model else platform.machine()}, Linux {platform.release()}\n")
    print(f"sockets                      {options.sockets} ({options.sockets - options.desks} visitors, {options.desks} desks), SQLite")
    print(f"messages                     {sent} in {lasted:.1f} s, told {len(reached)} times")
    print(f"stored and acknowledged, ms  p50 {at(acknowledged, .5):.1f}  p99 {at(acknowledged, .99):.1f}")
    verdict = "ok" if reached and not missing and at(reached, .99) <= TARGET_MS else "MISSED"
    if reached:
        print(f"visitor to agent, ms         p50 {at(reached, .5):.1f}  p99 {at(reached, .99):.1f}  most {reached[-1]:.1f}  (target: p99 <= {TARGET_MS})  {verdict}")
    print(f"CPU seconds                  server {spent:.2f} ({1000 * spent / sent:.2f} ms per message), this generator {own:.2f}")
    if missing:
        print(f"FAILED: {missing} times a desk was not told")
    sys.exit(0 if verdict == "ok" else 1)


main()
