/** JsSIP and the browser's sound, driven by the machine's commands; what happens there is told as its inputs. */

import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import { present, type Device } from "./devices";
import type { Auto, Command, Input } from "./machine";
import { Microphone, type Heard } from "./microphone";
import { counted, judge, type Counters, type Quality } from "./quality";
import type { Settings } from "./settings";

/** With what we register (`POST phone`), and how we get through (`turn_credentials`). */
export interface Credentials {
  extension: string;
  realm: string;
  ha1: string;
  iceServers: RTCIceServer[];
}

export interface Surroundings {
  credentials: Credentials;
  instance: string;
  settings: () => Settings;
  microphones: () => readonly Device[];
  speakers: () => readonly Device[];
  tell: (input: Input) => void;
  /** Is this token that of a call of mine that comes back? */
  isReturning: (token: string) => Promise<boolean>;
  /** Are calls of this work item's queue picked up by themselves? */
  answersItself: (workItem: string) => Promise<boolean>;
  /** Did I ask for a call a moment ago? */
  hasAsked: () => boolean;
  heard: (heard: Heard) => void;
  quality: (quality: Quality) => void;
  /** `denied`: the browser or the person refuses it. `absent`: there is none. */
  microphoneTrouble: (trouble: "denied" | "absent") => void;
}

/** How often the sound of a call is judged. */
const JUDGED = 2_000;
const DIGITS = { duration: 120, interToneGap: 80 };

interface Open {
  session: RTCSession;
  microphone: Microphone | null;
  element: HTMLAudioElement;
  timer: number | undefined;
}

/** A request of the other side, as far as its types do not say it. */
interface Request {
  getHeader: (name: string) => string | undefined;
}

export class Driver {
  private readonly ua: UA;
  private readonly open = new Map<string, Open>();
  private far = 0;
  private readonly online = () => this.open.forEach(({ session }) => restart(session));

  constructor(private readonly around: Surroundings) {
    const { extension, realm, ha1 } = around.credentials;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.ua = new UA({
      sockets: [new WebSocketInterface(`${scheme}://${location.host}/sip`)],
      uri: `sip:${extension}@${realm}`,
      authorization_user: extension,
      realm,
      ha1,
      instance_id: around.instance,
      session_timers: false,
      register_expires: 120,
      user_agent: "Ringdesk console",
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
    });
    const { tell } = around;
    this.ua.on("connecting", () => tell({ on: "registration", is: "connecting" }));
    this.ua.on("registered", () => tell({ on: "registration", is: "ready" }));
    this.ua.on("disconnected", () => tell({ on: "registration", is: "lost" }));
    this.ua.on("unregistered", () => tell({ on: "registration", is: "lost" }));
    this.ua.on("registrationFailed", ({ response }) => {
      tell({ on: "registration", is: response && [401, 403, 404, 407].includes(response.status_code) ? "refused" : "lost" });
    });
    this.ua.on("newRTCSession", (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator === "remote") void this.incoming(event.session, event.request as Request);
    });
    window.addEventListener("online", this.online);
  }

  start(): void {
    this.ua.start();
  }

  /** Signing out: calls end, nothing rings here any more. A page that just goes does not come here, so that its call can come back. */
  stop(): void {
    window.removeEventListener("online", this.online);
    this.open.forEach((_, id) => this.end(id));
    this.ua.stop();
  }

  /** Call a number of the house from here: the loop-back check. Calls of work are asked for from the API. */
  async dial(number: string): Promise<void> {
    const microphone = await this.microphone();
    if (!microphone) return;
    const session = this.ua.call(`sip:${number}@${this.around.credentials.realm}`, { mediaStream: microphone.stream, ...this.media() });
    this.follow(session, microphone);
    this.around.tell({ on: "dialling", id: session.id, number });
  }

  /** How loud what came was between the last two looks, 0 to 1. */
  farLevel(): number {
    return this.far;
  }

  keys(id: string, digits: string): void {
    const session = this.open.get(id)?.session;
    if (session?.isEstablished()) session.sendDTMF(digits, { ...DIGITS, transportType: "RFC2833" as never });
  }

  async carryOut(command: Exclude<Command, { do: "ring" | "silence" }>): Promise<void> {
    const open = this.open.get(command.id);
    if (!open) return;
    switch (command.do) {
      case "answer":
        return this.answer(open);
      case "refuse":
        return terminate(open.session, command.status);
      case "end":
        return this.end(command.id);
      case "mute":
        if (command.isMuted) open.session.mute({ audio: true });
        else open.session.unmute({ audio: true });
    }
  }

  /** A device was chosen, or came, or went: what is in use moves, and nothing is dropped. */
  async devicesChanged(): Promise<void> {
    for (const open of this.open.values()) {
      await this.toSpeaker(open.element);
      const track = open.microphone?.track;
      if (!open.microphone || !track) continue;
      const wanted = present(this.around.settings().microphone, this.around.microphones());
      const isRight = track.readyState === "live" && (!wanted || track.getSettings().deviceId === wanted.id);
      if (!isRight) await this.replace(open);
    }
  }

  /** The same microphone with other switches, or another one. */
  async replace(open?: Open): Promise<void> {
    for (const one of open ? [open] : this.open.values()) {
      if (!one.microphone) continue;
      const fresh = await this.microphone();
      const track = fresh?.track;
      if (!fresh || !track) continue;
      const { connection } = one.session;
      track.enabled = !one.session.isMuted().audio;
      await connection?.getSenders().find((sender) => sender.track?.kind === "audio" || !sender.track)?.replaceTrack(track);
      one.microphone.close();
      one.microphone = fresh;
      this.watch(one);
    }
  }

  private async incoming(session: RTCSession, request: Request): Promise<void> {
    this.follow(session, null);
    const identity = session.remote_identity;
    const auto = await this.automatic(request);
    if (session.isEnded()) return;
    this.around.tell({
      on: "incoming",
      call: {
        id: session.id,
        // A URI writes the dots of a masked number as stars.
        number: identity.uri.user.replaceAll("*", "•"),
        name: identity.display_name || null,
        workItem: request.getHeader("X-Ringdesk-Work-Item") ?? null,
        offer: request.getHeader("X-Ringdesk-Offer") ?? null,
        auto,
      },
    });
  }

  /** Only what we know ourselves makes us pick up: the header alone is what anybody may send. */
  private async automatic(request: Request): Promise<Auto | null> {
    const token = request.getHeader("X-Ringdesk-Return");
    if (token && (await this.around.isReturning(token))) return "return";
    if (request.getHeader("Answer-Mode")?.toLowerCase().startsWith("auto") && this.around.hasAsked()) return "asked";
    const workItem = request.getHeader("X-Ringdesk-Work-Item");
    if (!workItem || !request.getHeader("X-Ringdesk-Offer")) return null;
    return this.around.settings().autoAnswer || (await this.around.answersItself(workItem)) ? "chosen" : null;
  }

  private follow(session: RTCSession, microphone: Microphone | null): void {
    const { id } = session;
    const element = new Audio();
    element.autoplay = true;
    const open: Open = { session, microphone, element, timer: undefined };
    this.open.set(id, open);
    const watch = (connection: RTCPeerConnection) => {
      connection.addEventListener("track", ({ track }) => {
        element.srcObject = new MediaStream([track]);
        void this.toSpeaker(element).then(() => element.play().catch(() => undefined));
      });
      connection.addEventListener("connectionstatechange", () => {
        if (connection.connectionState === "disconnected") restart(session);
      });
    };
    const { connection } = session as { connection?: RTCPeerConnection };
    if (connection) watch(connection);
    session.on("peerconnection", ({ peerconnection }: { peerconnection: RTCPeerConnection }) => watch(peerconnection));
    // The server finds us by our checks; the first address we name will do.
    session.on("icecandidate", ({ ready }: { ready: () => void }) => ready());
    session.on("confirmed", () => {
      this.watch(open);
      this.judge(open);
      this.around.tell({ on: "talking", id });
    });
    const over = ({ originator, cause }: { originator: string; cause: string }) => {
      this.close(id);
      this.around.tell({ on: "over", id, cause, by: originator === "local" ? "us" : "them" });
    };
    session.on("ended", over);
    session.on("failed", over);
  }

  private async answer(open: Open): Promise<void> {
    const microphone = await this.microphone();
    if (!microphone) return terminate(open.session, 480);
    if (open.session.isEnded()) return microphone.close();
    open.microphone = microphone;
    open.session.answer({ mediaStream: microphone.stream, ...this.media() });
  }

  private media() {
    return { pcConfig: { iceServers: this.around.credentials.iceServers, bundlePolicy: "max-bundle" as const } };
  }

  private async microphone(): Promise<Microphone | null> {
    try {
      const microphone = await Microphone.open(this.around.settings(), this.around.microphones());
      microphone.track?.addEventListener("ended", () => void this.devicesChanged());
      return microphone;
    } catch (fault) {
      this.around.microphoneTrouble(fault instanceof DOMException && fault.name === "NotAllowedError" ? "denied" : "absent");
      return null;
    }
  }

  private watch({ microphone }: Open): void {
    microphone?.watch(this.around.heard);
  }

  private judge(open: Open): void {
    const { connection } = open.session;
    let before: Counters | null = null;
    open.timer = window.setInterval(() => {
      void counted(connection, Date.now()).then((now) => {
        if (!now) return;
        const quality = judge(before, now);
        if (quality) this.around.quality(quality);
        this.far = before ? Math.sqrt(Math.max(0, now.energy - before.energy) / Math.max(0.1, (now.at - before.at) / 1000)) : 0;
        // While nothing comes the last look at something stays.
        if (!before || now.received > before.received) before = now;
      });
    }, JUDGED);
  }

  private async toSpeaker(element: HTMLAudioElement): Promise<void> {
    const speaker = present(this.around.settings().speaker, this.around.speakers());
    await element.setSinkId?.(speaker?.id ?? "").catch(() => undefined);
  }

  private end(id: string): void {
    const open = this.open.get(id);
    if (open) terminate(open.session);
  }

  private close(id: string): void {
    const open = this.open.get(id);
    if (!open) return;
    this.open.delete(id);
    window.clearInterval(open.timer);
    open.microphone?.close();
    open.element.srcObject = null;
    this.far = 0;
  }
}

function terminate(session: RTCSession, status?: number): void {
  if (!session.isEnded()) session.terminate(status ? { status_code: status } : undefined);
}

/** The network is another one: ICE begins anew. The server does so too if we do not. */
function restart(session: RTCSession): void {
  if (session.isEstablished() && session.isReadyToReOffer()) session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
}
