/** The telephone of a visitor's page, loaded when somebody calls: sound by WebRTC, and one call by SIP. */
import { Dialog, read, type Message } from "./sip";

/** Why a call is over; the page has words for each. */
export type Why = "hungUp" | "busy" | "failed" | "lost";

export interface Told {
  /** The other side has answered: there is sound. */
  answered: () => void;
  over: (why: Why) => void;
}

const KEEPALIVE = 30_000;
/** Until the centre's socket is open, until a first way to us is found, and between two tries when a line is lost, in milliseconds. */
const PATIENCE = 15_000;
const FIRST_WAY = 1_000;
const AGAIN = 2_000;
/** The centre waits half a minute for a page whose socket broke; the sound goes on meanwhile. */
const TRIES = 12;

const SECURE = location.protocol === "https:";

export const microphone = () => navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });

export class PageCall {
  private socket: WebSocket;
  private readonly peer: RTCPeerConnection;
  private readonly dialog: Dialog;
  private readonly element = new Audio();
  private timer = 0;
  private tries = 0;
  private is: "calling" | "given up" | "talking" | "over" = "calling";

  constructor(
    ticket: string,
    ice: RTCIceServer | null,
    private readonly stream: MediaStream,
    private readonly told: Told,
  ) {
    const random = () => crypto.randomUUID().replaceAll("-", "");
    this.dialog = new Dialog(ticket, location.hostname, SECURE ? "WSS" : "WS", random);
    this.peer = new RTCPeerConnection({ iceServers: ice ? [ice] : [] });
    this.element.autoplay = true;
    this.peer.ontrack = ({ track }) => {
      this.element.srcObject = new MediaStream([track]);
      void this.element.play().catch(() => undefined);
    };
    this.peer.onconnectionstatechange = () => this.peer.connectionState === "failed" && this.end("lost");
    for (const track of stream.getTracks()) this.peer.addTrack(track, stream);
    this.socket = this.open(() => void this.offer().catch(() => this.end("failed")));
    this.timer = window.setInterval(() => this.say("\r\n\r\n"), KEEPALIVE);
    window.setTimeout(() => this.socket.readyState === WebSocket.CONNECTING && this.end("failed"), PATIENCE);
    window.addEventListener("pagehide", this.leave);
  }

  mute(on: boolean): void {
    for (const track of this.stream.getAudioTracks()) track.enabled = !on;
  }

  hangUp(): void {
    if (this.is === "talking") {
      this.say(this.dialog.bye());
      this.end("hungUp");
    } else if (this.is === "calling") {
      // Its answer may be on its way; who waits for it ends the call then.
      this.is = "given up";
      this.say(this.dialog.cancel());
      this.quiet();
      this.told.over("hungUp");
      window.setTimeout(() => this.socket.close(), PATIENCE);
    }
  }

  private readonly leave = () => this.hangUp();

  private open(then: () => void): WebSocket {
    const socket = new WebSocket(`${SECURE ? "wss" : "ws"}://${location.host}/sip`, "sip");
    socket.onopen = () => {
      this.tries = 0;
      then();
    };
    socket.onmessage = ({ data }: MessageEvent<unknown>) => void this.heard(data);
    socket.onclose = () => this.closed();
    return socket;
  }

  /** In the middle of a talk another socket takes its place: the sound needs none. */
  private closed(): void {
    if (this.is === "calling") return this.end("failed");
    if (this.is !== "talking") return;
    this.tries += 1;
    if (this.tries > TRIES) return this.end("lost");
    window.setTimeout(() => {
      if (this.is === "talking") this.socket = this.open(() => this.say(this.dialog.here()));
    }, AGAIN);
  }

  private async offer(): Promise<void> {
    await this.peer.setLocalDescription(await this.peer.createOffer());
    // The centre sees where we are by what comes from us; one way suffices, and of a relay it has to be known.
    await new Promise<void>((done) => {
      this.peer.addEventListener("icecandidate", () => done(), { once: true });
      window.setTimeout(done, FIRST_WAY);
    });
    if (this.is === "calling") this.say(this.dialog.invite(this.peer.localDescription?.sdp ?? ""));
  }

  private async heard(data: unknown): Promise<void> {
    const message = typeof data === "string" ? read(data) : null;
    if (!message || !this.dialog.isOurs(message)) return;
    try {
      await (message.status === null ? this.asked(message) : this.answer(message, message.status));
    } catch {
      this.say(this.dialog.bye());
      this.end("failed");
    }
  }

  /** A response to what we asked. */
  private async answer(message: Message, status: number): Promise<void> {
    if (message.method !== "INVITE") return;
    const reply = this.dialog.answered(message);
    if (reply) this.say(reply);
    if (this.is === "given up") {
      if (status >= 200 && status < 300) this.say(this.dialog.bye());
      if (status >= 200) this.socket.close();
      return;
    }
    // One that comes again is acknowledged again, and is no news.
    if (this.is !== "calling") return;
    if (status >= 300) return this.end(status === 486 || status === 600 || status === 503 ? "busy" : "failed");
    // The first description is the answer and those of later responses are the same (RFC 3261 §13.2.1); Firefox knows no provisional one.
    if (message.body && this.peer.signalingState === "have-local-offer") await this.peer.setRemoteDescription({ type: "answer", sdp: message.body });
    if (status >= 200) {
      this.is = "talking";
      this.told.answered();
    }
  }

  /** The centre asks something of us. */
  private async asked(message: Message): Promise<void> {
    const { method, body } = message;
    if (method === "ACK") return;
    if (method === "BYE") {
      this.say(this.dialog.reply(message, 200, "OK"));
      return this.end("hungUp");
    }
    if ((method === "INVITE" || method === "UPDATE") && body) {
      await this.peer.setRemoteDescription({ type: "offer", sdp: body });
      await this.peer.setLocalDescription(await this.peer.createAnswer());
      return this.say(this.dialog.reply(message, 200, "OK", this.peer.localDescription?.sdp));
    }
    if (method === "INVITE") return this.say(this.dialog.reply(message, 488, "Not Acceptable Here"));
    const known = method === "UPDATE" || method === "OPTIONS" || method === "INFO";
    this.say(known ? this.dialog.reply(message, 200, "OK") : this.dialog.reply(message, 405, "Method Not Allowed"));
  }

  private say(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }

  private end(why: Why): void {
    if (this.is === "over" || this.is === "given up") return;
    if (this.is === "talking" && why === "lost") this.say(this.dialog.bye());
    this.is = "over";
    this.quiet();
    this.socket.close();
    this.told.over(why);
  }

  /** Nothing of it is heard or listened to any more. */
  private quiet(): void {
    window.clearInterval(this.timer);
    window.removeEventListener("pagehide", this.leave);
    for (const track of this.stream.getTracks()) track.stop();
    this.element.srcObject = null;
    this.peer.close();
  }
}
