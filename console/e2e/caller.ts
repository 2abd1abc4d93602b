import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Centre } from "./centre";

/** A tone as PCMU (G.711 µ-law), as a caller's telephone sends it. */
function tone(hz: number, seconds: number): Buffer {
  const samples = Buffer.alloc(seconds * 8000);
  for (let n = 0; n < samples.length; n += 1) samples[n] = muLaw(Math.sin((2 * Math.PI * hz * n) / 8000) * 12_000);
  return samples;
}

/** ITU-T G.711. */
function muLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32_635, Math.abs(Math.round(sample))) + 132;
  const exponent = Math.max(0, Math.floor(Math.log2(magnitude)) - 7);
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** Calls, sends a tone as long as it lasts, and waits for the other side to hang up. */
const SCENARIO = `<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "[NAME]" <sip:[NUMBER]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:[NUMBER]@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=c 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: "[NAME]" <sip:[NUMBER]@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

  ]]></send>
  <nop><action><exec rtp_stream="[TONE],-1,0,PCMU/8000"/></action></nop>
  <recv request="BYE" timeout="240000"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
</scenario>
`;

/** Somebody who telephones: SIPp on this machine, over the demo's trunk. */
export class Caller {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly over: Promise<number | null>,
  ) {}

  static dial(centre: Centre, number: string, { hz = 440, from = "015112345678", name = "Carla Caller" } = {}): Caller {
    const folder = mkdtempSync(join(tmpdir(), "ringdesk-caller-"));
    const file = join(folder, "tone.ul");
    writeFileSync(file, tone(hz, 30));
    const scenario = SCENARIO.replaceAll("[NUMBER]", from).replaceAll("[NAME]", name).replaceAll("[TONE]", file);
    writeFileSync(join(folder, "caller.xml"), scenario);
    const options = ["-sf", "caller.xml", "-s", number, "-m", "1", "-l", "1", "-i", "127.0.0.1", "-nostdin", "-trace_err", "-timeout", "300"];
    const child = spawn("sipp", [...options, `127.0.0.1:${centre.sip}`], { cwd: folder, stdio: "ignore" });
    const over = new Promise<number | null>((done, failed) => {
      child.once("exit", (code) => done(code));
      child.once("error", failed);
    });
    return new Caller(child, folder, over);
  }

  /** The other side has hung up, and everything was as it should be. */
  async hungUp(): Promise<void> {
    const code = await this.over;
    const errors = readdirSync(this.folder).filter((name) => name.endsWith("errors.log"));
    const said = errors.map((name) => readFileSync(join(this.folder, name), "utf8")).join("\n");
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`SIPp ended with ${code}: ${said.slice(0, 2_000)}`);
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }
}
