import { spawn, type ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Of every demo login in these tests. */
export const PASSWORD = "only-for-tests-1";
const BINARY = process.env.RINGDESK_BINARY ?? resolve(import.meta.dirname, "../../target/debug/ringdesk");
const PATIENCE = 90_000;

/** A port that was free on UDP and TCP a moment ago. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await new Promise<number>((done, failed) => {
      const server = createServer();
      server.once("error", failed);
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => done(typeof address === "object" && address ? address.port : 0));
      });
    });
    const udp = await new Promise<boolean>((done) => {
      const socket = createSocket("udp4");
      socket.once("error", () => done(false));
      socket.bind(port, "127.0.0.1", () => socket.close(() => done(true)));
    });
    if (udp) return port;
  }
}

/** A whole Ringdesk with ports and a data folder of its own, run as a demo unless it is to be empty. */
export class Centre {
  private constructor(
    readonly http: number,
    readonly sip: number,
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.http}`;
  }

  /** `more`: lines of its configuration, beside ports and folders. `environment`: variables it runs with. */
  static async start(more: readonly string[] = [], environment: Record<string, string> = {}, isEmpty = false): Promise<Centre> {
    for (let tries = 1; ; tries++) {
      const centre = await Centre.tried(more, environment, isEmpty);
      try {
        await centre.ready();
        return centre;
      } catch (fault) {
        // A port that was free a moment ago: somebody else's socket has it now.
        const isTaken = centre.child.exitCode !== null && centre.log().includes("Address already in use");
        if (!isTaken || tries === 3) throw fault;
        rmSync(centre.folder, { recursive: true, force: true });
      }
    }
  }

  private static async tried(more: readonly string[], environment: Record<string, string>, isEmpty: boolean): Promise<Centre> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: cargo build`);
    const folder = mkdtempSync(join(tmpdir(), "ringdesk-e2e-"));
    const [http, https, sip, tls] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const config = [
      `data = ${JSON.stringify(join(folder, "data"))}`,
      `drain_seconds = 1`,
      `[http]`,
      `listen = "127.0.0.1:${http}"`,
      `[https]`,
      `listen = ["127.0.0.1:${https}"]`,
      `[log]`,
      `filter = "info,ringdesk=debug"`,
      `[[signaling.interface]]`,
      `name = "loopback"`,
      `udp = "127.0.0.1:${sip}"`,
      `tcp = "127.0.0.1:${sip}"`,
      `tls = "127.0.0.1:${tls}"`,
      ...more,
      ``,
    ];
    writeFileSync(join(folder, "ringdesk.toml"), config.join("\n"));
    const log = openSync(join(folder, "server.log"), "a");
    // The pack is spoken within its twenty seconds, or not.
    if (environment.RINGDESK_DEMO_PACK === undefined) shareSpeech(join(folder, "data"));
    const child = spawn(BINARY, ["serve", ...(isEmpty ? [] : ["--demo"]), "--config", join(folder, "ringdesk.toml")], {
      env: { RINGDESK_DEMO_PACK: "off", ...process.env, RINGDESK_DEMO_PASSWORD: PASSWORD, ...environment },
      stdio: ["ignore", log, log],
    });
    return new Centre(http, sip, folder, child);
  }

  private async ready(): Promise<void> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`the server ended: ${this.log()}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > end) throw new Error(`the server does not get ready: ${this.log()}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** What an empty centre prints for its administrator's first sign-in. */
  firstPassword(): string {
    return readFileSync(join(this.folder, "data", "first-login.txt"), "utf8").trim().split("\t")[1] ?? "";
  }

  log(): string {
    return readFileSync(join(this.folder, "server.log"), "utf8").slice(-20_000);
  }

  async stop(): Promise<void> {
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 15_000);
    await gone;
    clearTimeout(timer);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the engine spoke for one centre is there for the next: else most of a centre's first seconds is speech synthesis. */
function shareSpeech(data: string): void {
  const spoken = join(dirname(BINARY), "speech-cache");
  mkdirSync(data, { recursive: true });
  mkdirSync(spoken, { recursive: true });
  symlinkSync(spoken, join(data, "speech-cache"));
}
