#!/usr/bin/env python3
"""Measure a release build of Ringdesk under SIPp and rtpgen, and print its figures beside the targets and the peers.

  bench.py [setup] [bridge] [record] [prompt] [--runs 3] [--calls 100] [--secs 20] [--cps 400] [--keep] [--record]

README.md says what the loads are and how to read the table. Addresses: server 127.0.0.41:5070, caller 127.0.0.42, callee 127.0.0.43;
nothing leaves loopback. Exit 1: a run failed.
"""
import argparse, glob, json, os, platform, re, shutil, signal, socket, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SERVER, HTTP, CALLER, CALLEE = "127.0.0.41:5070", "127.0.0.41:8099", "127.0.0.42", "127.0.0.43"
TICKS = os.sysconf("SC_CLK_TCK")

# figure -> (unit, target, how many digits to show)
FIGURES = {
    "setup": ("CPU-ms per call set up, answered, released, stored", 0.9, 2),
    "bridge": ("CPU-ms per minute of a bridged PCMU call", 60, 1),
    "memory": ("kB of memory per bridged call", 60, 1),
    "record": ("CPU-ms per minute of a bridged and recorded PCMU call", 65, 1),
    "memory_recorded": ("kB of memory per bridged and recorded call", 120, 1),
    "prompt": ("CPU-ms per minute of a prompt", 45, 1),
}
# Threads by the beginning of their names. What has none of them is `rest`.
PARTS = {"media-": "media", "sqlx-": "store", "house-": "house", "sip-": "sip", "rec": "recorder", "render": "render", "relay": "relay"}
# Calls begun in a second where the window lies in the middle of all.
RATE = 50
# Above these a run has failed: fast and wrong is not fast.
MOST_LOST, MOST_LATE = 10e-6, 1e-3


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def cpu(pid):
    """CPU seconds of the whole process, of its user part, and nanoseconds by thread."""
    fields = read(f"/proc/{pid}/stat").rsplit(")", 1)[-1].split()
    user, system = (int(fields[11]) / TICKS, int(fields[12]) / TICKS) if len(fields) > 12 else (0, 0)
    threads = {}
    for task in glob.glob(f"/proc/{pid}/task/*"):
        spent = read(task + "/schedstat").split()
        if spent:
            threads[task.rsplit("/", 1)[1]] = (read(task + "/comm").strip(), int(spent[0]))
    return user + system, user, threads


def used(before, after):
    """What was spent between two readings, in CPU seconds: all, user, and by part."""
    parts = {}
    for tid, (name, spent) in after[2].items():
        part = next((p for prefix, p in PARTS.items() if name.startswith(prefix)), "rest")
        start = before[2].get(tid, (name, 0))[1]
        parts[part] = parts.get(part, 0) + (spent - start) / 1e9
    total = after[0] - before[0]
    # Threads that ended in between took their figures with them.
    parts["rest"] = max(0.0, parts.get("rest", 0) + total - sum(parts.values()))
    return total, after[1] - before[1], parts


def memory(pid):
    found = re.search(r"VmRSS:\s+(\d+)", read(f"/proc/{pid}/status"))
    return int(found.group(1)) if found else 0


def machine_busy():
    fields = list(map(int, read("/proc/stat").splitlines()[0].split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICKS


class Server:
    """One server with its own data folder, fresh for every figure."""

    def __init__(self, binary, keep):
        self.run, self.keep = tempfile.mkdtemp(prefix="ringdesk-bench-"), keep
        config = os.path.join(self.run, "ringdesk.toml")
        with open(config, "w") as file:
            file.write(f'data = "{self.run}/data"\n[http]\nlisten = "{HTTP}"\n[https]\nlisten = []\n[log]\nfilter = "warn"\n[asr]\nengines = []\nlive = false\n'
                       f'[[signaling.interface]]\nname = "bench"\nudp = "{SERVER}"\n')
        self.log = open(os.path.join(self.run, "server.log"), "w")
        command = [binary, "--config", config]
        subprocess.run(command + ["import", os.path.join(HERE, "house.json")], check=True, stdout=self.log, stderr=self.log)
        self.process = subprocess.Popen(command + ["serve"], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.ready()

    def ready(self):
        host, port = SERVER.split(":")
        asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        asker.bind((CALLER, 0)); asker.settimeout(1)
        me = "%s:%d" % asker.getsockname()
        for n in range(90):
            asker.sendto((f"OPTIONS sip:x@{SERVER} SIP/2.0\r\nVia: SIP/2.0/UDP {me};branch=z9hG4bK{n}\r\nFrom: <sip:b@{CALLER}>;tag=1\r\n"
                          f"To: <sip:x@{SERVER}>\r\nCall-ID: r{n}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode(),
                         (host, int(port)))
            try:
                asker.recv(2000); asker.close(); return
            except OSError:
                time.sleep(0.5)
            if self.process.poll() is not None:
                break
        raise SystemExit("the server did not come up: " + read(self.log.name)[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill(); self.process.wait()
        self.log.close()
        if self.keep:
            print("kept:", self.run, file=sys.stderr)
        else:
            shutil.rmtree(self.run, ignore_errors=True)


def eager():
    """The generators before everything else: what they are late with, the server is not. Needs a privilege; without it they are not."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        pass


def sipp(folder, name, scenario, host, port, *more):
    out = open(f"{folder}/{name}.out", "w")
    command = ["sipp", "-nd", "-nostdin", "-sf", f"{HERE}/sipp/{scenario}", "-i", host, "-p", str(port), "-mi", "127.0.0.44",
               "-trace_err", "-error_file", f"{folder}/{name}.err", *more]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, preexec_fn=eager)


def outcome(folder, name, wanted):
    """What SIPp counted. A call it never began has failed, too."""
    text = read(f"{folder}/{name}.out")
    last = lambda what: int((re.findall(what + r"\s*\|\s*\d+\s*\|\s*(\d+)", text) or ["0"])[-1])
    ok = last("Successful call")
    times = sorted(float(line.split(";")[1]) for path in glob.glob(f"{folder}/*rtt*.csv") for line in read(path).splitlines()[1:]
                   if line.count(";") > 1)
    at = lambda q: times[min(len(times) - 1, int(q * len(times)))] if times else None
    return {"ok": ok, "failed_calls": max(wanted - ok, last("Failed call")), "answer_ms_p50": at(.5), "answer_ms_p95": at(.95), "answer_ms_p99": at(.99)}


def finished(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill(); process.wait()


def setup(server, folder, options):
    """The server answers and hangs up by itself. Everything counts until the last call is stored."""
    calls = options.cps * options.secs
    start, busy, began = cpu(server.pid), machine_busy(), time.time()
    uac = sipp(folder, "uac", "uac_setup.xml", CALLER, 5080, "-mp", "17000", "-key", "rtpport", "16000", "-s", "100", SERVER,
               "-r", str(options.cps), "-m", str(calls), "-l", "5000", "-trace_rtt", "-rtt_freq", "1", "-timeout", str(options.secs + 40))
    peak = 0
    while uac.poll() is None and time.time() - began < options.secs + 45:
        peak = max(peak, memory(server.pid)); time.sleep(.2)
    finished(uac, 0.1)
    time.sleep(1)
    total, user, parts = used(start, cpu(server.pid))
    result = outcome(folder, "uac", calls)
    per = 1000 / max(1, result["ok"])
    return dict(result, setup=total * per, user=user * per, parts={k: v * per for k, v in parts.items()}, peak_kb=peak,
                others=other_cores(busy, began, total))


def other_cores(busy, began, own):
    return (machine_busy() - busy - own) / (time.time() - began)


def generator(folder, hold, length, bridged):
    """Sends to, and hears from, whom the two logs name."""
    for log in ("uac.log", "uas.log"):
        open(f"{folder}/{log}", "w").close()
    generate = [f"{ROOT}/target/bench/rtpgen", "-a", f"{CALLER}:16000", "-A", f"{folder}/uac.log", "-n", str(hold * 50), "-t", str(int(length + 1))]
    if bridged:
        generate += ["-b", f"{CALLEE}:16002", "-B", f"{folder}/uas.log"]
    return subprocess.Popen(generate, stdout=open(f"{folder}/rtp.json", "w"), preexec_fn=eager)


def floor(options):
    """What the least of relays (relay.c) costs on this machine now, under the load of `bridge`; `None`: it lost packets, or the generator was late."""
    folder = tempfile.mkdtemp(prefix="ringdesk-floor-")
    calls, hold = options.calls, options.secs
    ramp = calls / RATE
    rtp = generator(folder, hold, ramp + hold + 4, True)
    relay = subprocess.Popen([f"{ROOT}/target/bench/relay", SERVER.split(":")[0], "20000", str(calls), f"{CALLER}:16000", f"{CALLEE}:16002",
                              f"{folder}/uac.log", f"{folder}/uas.log"])
    time.sleep(ramp + 2)
    start, began = cpu(relay.pid), time.time()
    time.sleep(max(5, hold - ramp - 3))
    (_, _, parts), lasted = used(start, cpu(relay.pid)), time.time() - began
    finished(rtp, hold + 30)
    relay.kill(); relay.wait()
    heard = json.loads(read(f"{folder}/rtp.json") or "{}")
    shutil.rmtree(folder, ignore_errors=True)
    both = {key: sum(heard.get(side, {}).get(key, 0) for side in "AB") for key in ("sent", "marked", "late")}
    if not both["sent"] or both["sent"] - both["marked"] > MOST_LOST * both["sent"] or disturbed(dict(both, generator_late=both["late"])):
        return None
    return parts["relay"] * 1000 / (calls * lasted / 60)


def sound(server, folder, options, number, work):
    """All calls are up in the window; none is set up or released."""
    bridged = work != "prompt"
    calls, rate, hold = options.calls, RATE, options.secs
    ramp = calls / rate
    length = ramp + hold + 4
    idle = memory(server.pid)
    rtp = generator(folder, hold, length, bridged)
    uas = None
    if bridged:
        uas = sipp(folder, "uas", "uas_pcmu.xml", CALLEE, 5081, "-mp", "17100", "-key", "rtpport", "16002", "-trace_logs", "-log_file",
                   f"{folder}/uas.log", "-timeout", str(int(length + 15)))
        time.sleep(.5)
    uac = sipp(folder, "uac", "uac_pcmu.xml", CALLER, 5080, "-mp", "17000", "-key", "rtpport", "16000", "-s", number, SERVER, "-r", str(rate), "-m",
               str(calls), "-l", "5000", "-d", str(hold * 1000 + 500), "-trace_logs", "-log_file", f"{folder}/uac.log", "-trace_rtt", "-rtt_freq",
               "1", "-timeout", str(int(length + 15)))
    time.sleep(ramp + 2)
    start, busy, began = cpu(server.pid), machine_busy(), time.time()
    window = max(5, hold - ramp - 3)
    time.sleep(window / 2)
    active = memory(server.pid)
    time.sleep(window / 2)
    total, user, parts = used(start, cpu(server.pid))
    lasted = time.time() - began
    others = other_cores(busy, began, total)
    finished(uac, ramp + 40)
    finished(rtp, 30)
    if uas:
        uas.terminate(); uas.wait()
    result = outcome(folder, "uac", calls)
    heard = json.loads(read(f"{folder}/rtp.json") or "{}")
    a, b = heard.get("A", {}), heard.get("B", {})
    per = 1000 / (calls * lasted / 60)
    result.update(user=user * per, parts={k: v * per for k, v in parts.items()}, others=others, calls=calls,
                  late=a.get("tardy", 0) + b.get("tardy", 0), jitter_ms=max(a.get("jitter_ms", 0), b.get("jitter_ms", 0)),
                  duplicates=a.get("dup", 0) + b.get("dup", 0), received=a.get("got", 0) + b.get("got", 0),
                  generator_late=a.get("late", 0) + b.get("late", 0))
    if bridged:
        # `marked` of a side: its packets that reached the other one.
        sent = a.get("sent", 0) + b.get("sent", 0)
        kept = "memory" if work == "bridge" else "memory_recorded"
        result.update({work: total * per, kept: (active - idle) / calls}, sent=sent, lost=sent - a.get("marked", 0) - b.get("marked", 0),
                      delay_us={"a": [a.get(q) for q in ("d50us", "d95us", "d99us", "dmaxus")], "b": [b.get(q) for q in ("d50us", "d95us", "d99us", "dmaxus")]})
    else:
        # The prompt lasts longer than the call: 50 packets a second from answer to BYE, without a gap in their numbers.
        due = calls * hold * 50
        result.update(prompt=total * per, sent=due, lost=a.get("seqgap", 0) + max(0, due - a.get("got", 0)))
    return result


def disturbed(run):
    """The machine did not run the generator when it was its turn: this run says nothing about the server."""
    return run.get("generator_late", 0) / max(1, run.get("sent", 0)) > MOST_LATE


def faults(run):
    """Why this run does not count."""
    found = []
    if run["failed_calls"]:
        found.append(f"{run['failed_calls']} calls failed")
    if "sent" in run:
        if not run["sent"] or run["lost"] / run["sent"] > MOST_LOST:
            found.append(f"{run['lost']} of {run['sent']} packets lost")
        if run["late"] / max(1, run["received"]) > MOST_LATE:
            found.append(f"{run['late']} of {run['received']} packets late")
    return found


WORKS = {
    "setup": lambda server, folder, options: setup(server, folder, options),
    "bridge": lambda server, folder, options: sound(server, folder, options, "200", "bridge"),
    "record": lambda server, folder, options: sound(server, folder, options, "300", "record"),
    "prompt": lambda server, folder, options: sound(server, folder, options, "500", "prompt"),
}


def warm(server, folder, options):
    """One call of each kind: a text is spoken once, and lazily made things are there when memory is read."""
    few = argparse.Namespace(**dict(vars(options), calls=2, secs=3, cps=2))
    for name in ("prompt", "record", "bridge"):
        os.makedirs(f"{folder}/{name}")
        WORKS[name](server, f"{folder}/{name}", few)


def measure(binary, name, options):
    left, again = options.runs, options.runs
    while left:
        folder = tempfile.mkdtemp(prefix="ringdesk-load-")
        # Before each run anew: a machine with neighbours is another one a minute later.
        least = floor(options) if name == "bridge" else None
        server = Server(binary, options.keep)
        try:
            warm(server, folder, options)
            os.makedirs(f"{folder}/run")
            run = WORKS[name](server, f"{folder}/run", options)
        finally:
            server.stop()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
        if disturbed(run) and again:
            again -= 1
            print(f"  {name}: once more, {run['generator_late']} packets were sent late by the generator", file=sys.stderr, flush=True)
            continue
        left -= 1
        run.update(work=name, faults=faults(run))
        if least:
            run.update(floor=least, ratio=run[name] / least)
        parts = " ".join(f"{k} {v:.2f}" for k, v in sorted(run["parts"].items()) if v > 0.005)
        print(f"  {name} {options.runs - left}: {run[name]:.2f} ({parts}; others {run['others']:.1f} cores{f'; floor {least:.2f}' if least else ''})", *run["faults"], sep=" ", file=sys.stderr, flush=True)
        yield run


def rows(runs):
    peers = json.loads(read(f"{HERE}/peers.json"))
    for figure, (unit, target, digits) in FIGURES.items():
        all_runs = [r for r in runs if figure in r]
        good = [r[figure] for r in all_runs if not r["faults"]]
        if not all_runs:
            continue
        said = spread(good, digits) if good else "FAILED"
        verdict = "FAILED" if len(good) < len(all_runs) else "ok" if statistics.median(good) <= target else "MISSED"
        others = ", ".join(f"{peer} {value:g}" for peer, value in peers[figure].items())
        yield unit, f"<= {target:g}", said, verdict, others


def parts_of(runs):
    for work in WORKS:
        good = [r for r in runs if r["work"] == work and not r["faults"]]
        names = sorted({p for r in good for p in r["parts"]})
        if good:
            yield work, ", ".join(f"{p} {statistics.median([r['parts'].get(p, 0) for r in good]):.2f}" for p in names)


def spread(values, digits):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f})"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("works", nargs="*", metavar="|".join(WORKS))
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--calls", type=int, default=100, help="calls at once, for bridge, record and prompt")
    arguments.add_argument("--secs", type=int, default=20, help="length of a call, and of the setup load")
    arguments.add_argument("--cps", type=int, default=400, help="calls per second of the setup load")
    arguments.add_argument("--keep", action="store_true", help="keep logs and data folders")
    arguments.add_argument("--record", action="store_true", help="append every run to bench/results.jsonl")
    arguments.add_argument("--binary", default=f"{ROOT}/target/release/ringdesk")
    options = arguments.parse_args()
    unknown = set(options.works) - set(WORKS)
    if unknown:
        arguments.error(f"no such work: {', '.join(sorted(unknown))}")
    runs = [run for name in (options.works or WORKS) for run in measure(options.binary, name, options)]

    table = [("figure", "target", "median (min..max)", "", "peers")] + list(rows(runs))
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    model = re.search(r"model name\s*:\s*(.*)", read("/proc/cpuinfo"))
    print(f"\n{os.cpu_count()} x {model.group(1) if model else platform.machine()}, Linux {platform.release()}\n")
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print()
    for work, parts in parts_of(runs):
        print(f"{work:<7} by part: {parts}")
    least = [run for run in runs if "floor" in run and not run["faults"]]
    if least:
        print(f"the machine's floor: {spread([r['floor'] for r in least], 1)} CPU-ms a call-minute; bridge is {spread([r['ratio'] for r in least], 2)} of it")
    for run in runs:
        if run["faults"]:
            print(f"{run['work']}: FAILED: {'; '.join(run['faults'])}")
    if options.record:
        commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
        with open(f"{HERE}/results.jsonl", "a") as file:
            for run in runs:
                file.write(json.dumps(dict(run, commit=commit, day=time.strftime("%Y-%m-%d"))) + "\n")
    sys.exit(1 if any(run["faults"] for run in runs) else 0)


main()
