import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";

export type Call = { is: "idle" } | { is: "dialling" } | { is: "talking"; since: number } | { is: "over"; why: string | null };

const KEYS = { duration: 140, interToneGap: 90 };

/**
 * A caller without a login. It registers nowhere: the demo's trunk takes calls from the machine itself, and from nowhere else. Outside
 * of the demo nobody answers it.
 */
export class Visitor {
  private ua: UA | null = null;
  private session: RTCSession | null = null;
  private stream: MediaStream | null = null;
  private readonly element = new Audio();

  constructor(private readonly tell: (call: Call) => void) {
    this.element.autoplay = true;
  }

  /** Throws what the browser says of the microphone. */
  async dial(number: string): Promise<void> {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocketInterface(`${scheme}://${location.host}/sip`);
    // A number of the range that is kept for fiction, so that the caller has one to show.
    this.ua = new UA({ sockets: [socket], uri: `sip:+4930230${String(Date.now()).slice(-5)}@${location.hostname}`, display_name: "Visitor", register: false, session_timers: false });
    this.tell({ is: "dialling" });
    this.ua.on("connected", () => this.invite(number));
    this.ua.on("disconnected", () => !this.session && this.over("no connection"));
    this.ua.start();
  }

  press(key: string): void {
    if (this.session?.isEstablished()) this.session.sendDTMF(key, { ...KEYS, transportType: "RFC2833" as never });
  }

  hangUp(): void {
    if (this.session && !this.session.isEnded()) this.session.terminate();
    else this.over(null);
  }

  private invite(number: string): void {
    if (this.session || !this.ua || !this.stream) return;
    const session = this.ua.call(`sip:${number}@${location.hostname}`, { mediaStream: this.stream, pcConfig: { iceServers: [] } });
    this.session = session;
    const { connection } = session as { connection?: RTCPeerConnection };
    connection?.addEventListener("track", ({ track }) => {
      this.element.srcObject = new MediaStream([track]);
      void this.element.play().catch(() => undefined);
    });
    session.on("icecandidate", ({ ready }: { ready: () => void }) => ready());
    session.on("confirmed", () => this.tell({ is: "talking", since: Date.now() }));
    session.on("ended", () => this.over(null));
    session.on("failed", ({ cause }: { cause: string }) => this.over(cause));
  }

  private over(why: string | null): void {
    this.tell({ is: "over", why });
    this.stream?.getTracks().forEach((track) => track.stop());
    this.ua?.stop();
    [this.ua, this.session, this.stream] = [null, null, null];
  }
}
