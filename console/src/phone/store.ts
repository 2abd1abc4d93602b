import { changed, listed, present, type Device } from "./devices";
import type { Credentials, Driver } from "./driver";
import type { Deed, Line } from "./headset";
import { Headset } from "./hid";
import { instance } from "./instance";
import { IDLE, step, type Input, type Phone } from "./machine";
import type { Quality } from "./quality";
import { keepSettings, keptSettings, type Settings } from "./settings";
import { Sounds, type Sound } from "./sounds";

/** Everything of the telephone that pages show. */
export interface Shown {
  phone: Phone;
  settings: Settings;
  microphones: readonly Device[];
  speakers: readonly Device[];
  /** Of the call. */
  quality: Quality | null;
  /** Why there is no microphone; until one is opened. */
  trouble: "denied" | "absent" | null;
  /** A device in use was unplugged; the system's took its place. */
  gone: "microphone" | "speaker" | null;
  talksMuted: boolean;
  clips: boolean;
  /** Whose buttons work. */
  headset: string | null;
}

/** What the server is asked. */
export interface House {
  credentials: () => Promise<Credentials>;
  isReturning: (token: string) => Promise<boolean>;
  /** Are calls of this work item's queue picked up by themselves? */
  answersItself: (workItem: string) => Promise<boolean>;
}

/** The API's calls ring our own telephone within this. */
const ASKED_FOR = 20_000;
/** Credentials are read again when they were refused: the telephone may have a new password. */
const AGAIN = 10_000;

/** As a headset shows it: what we dial is lifted already. */
function lineOf({ call }: Phone): Line {
  if (!call) return { stage: "idle", isMuted: false };
  return { stage: call.direction === "in" && call.stage === "ringing" ? "ringing" : "talking", isMuted: call.isMuted };
}

/** A house that does not say so in time leaves it to the agent: it rings. */
function inTime(answer: Promise<boolean>): Promise<boolean> {
  const late = new Promise<boolean>((done) => window.setTimeout(() => done(false), 1_500));
  return Promise.race([answer.catch(() => false), late]);
}

/** The telephone of this page: the machine, the driver, the devices, and who listens. No React in here. */
export class PhoneStore {
  private shown: Shown = {
    phone: IDLE,
    settings: keptSettings(),
    microphones: [],
    speakers: [],
    quality: null,
    trouble: null,
    gone: null,
    talksMuted: false,
    clips: false,
    headset: null,
  };
  private level = 0;
  private readonly listeners = new Set<() => void>();
  private readonly levels = new Set<() => void>();
  private readonly sounds = new Sounds();
  private readonly headset = new Headset(
    (deed) => this.pressed(deed),
    (headset) => this.show({ headset }),
  );
  private driver: Driver | null = null;
  private asked = 0;
  private ended = false;
  private rung: (() => void) | null = null;
  private timer: number | undefined;
  private readonly devices = () => void this.lookAtDevices();

  constructor(private readonly house: House) {}

  async start(): Promise<void> {
    navigator.mediaDevices?.addEventListener("devicechange", this.devices);
    this.headset.start();
    await this.lookAtDevices();
    await this.connect();
  }

  stop(): void {
    this.ended = true;
    window.clearTimeout(this.timer);
    navigator.mediaDevices?.removeEventListener("devicechange", this.devices);
    this.silence();
    this.headset.stop();
    this.driver?.stop();
    this.driver = null;
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };
  readonly get = () => this.shown;

  readonly subscribeLevel = (listener: () => void) => {
    this.levels.add(listener);
    return () => void this.levels.delete(listener);
  };
  readonly getLevel = () => this.level;

  /** How loud the other side is now. */
  readonly getFarLevel = () => this.driver?.farLevel() ?? 0;

  readonly answer = () => this.tell({ on: "answer" });
  readonly decline = () => this.tell({ on: "decline" });
  readonly hangUp = () => this.tell({ on: "hangUp" });
  readonly mute = (isMuted: boolean) => this.tell({ on: "mute", isMuted });
  readonly keys = (digits: string) => {
    const { call } = this.shown.phone;
    if (call) this.driver?.keys(call.id, digits);
  };
  readonly dial = async (number: string) => this.driver?.dial(number);
  /** A call was asked for from the API: our telephone rings first, and picks up by itself. */
  readonly hasAsked = () => {
    this.asked = Date.now();
  };
  readonly set = (some: Partial<Settings>) => {
    const settings = { ...this.shown.settings, ...some };
    keepSettings(settings);
    this.show({ settings });
    const switches = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;
    if (switches.some((name) => name in some)) void this.driver?.replace();
    else void this.driver?.devicesChanged();
  };
  readonly play = (sound: Sound) => {
    const { settings, speakers } = this.shown;
    // In the ear in a call and before one that is picked up by itself; else where it rings.
    const isInEar = this.shown.phone.call !== null && this.shown.phone.call.stage !== "ringing";
    const device = isInEar ? settings.speaker : (settings.ringer ?? settings.speaker);
    void this.sounds.play(sound, settings.loudness, present(device, speakers)?.id ?? null);
  };
  /** Let the person choose a headset whose buttons they want to use. */
  readonly askHeadset = () => this.headset.ask();
  readonly forgetGone = () => this.show({ gone: null });
  readonly lookAtDevices = async () => {
    if (!navigator.mediaDevices) return;
    const before = this.shown;
    const { microphones, speakers } = await listed();
    const { settings } = before;
    const microphone = changed(settings.microphone, before.microphones, microphones);
    const speaker = changed(settings.speaker, before.speakers, speakers);
    const gone = microphone === "gone" ? "microphone" : speaker === "gone" ? "speaker" : microphone === "back" || speaker === "back" ? null : before.gone;
    this.show({ microphones, speakers, gone });
    await this.driver?.devicesChanged();
  };

  private async connect(): Promise<void> {
    try {
      const [credentials, id, { Driver }] = await Promise.all([this.house.credentials(), instance(), import("./driver")]);
      if (this.ended) return;
      this.driver = new Driver({
        credentials,
        instance: id,
        settings: () => this.shown.settings,
        microphones: () => this.shown.microphones,
        speakers: () => this.shown.speakers,
        tell: (input) => this.tell(input),
        isReturning: (token) => this.house.isReturning(token),
        answersItself: (workItem) => inTime(this.house.answersItself(workItem)),
        hasAsked: () => Date.now() - this.asked < ASKED_FOR,
        heard: ({ level, speaks, clips }) => this.heard(level, speaks, clips),
        quality: (quality) => quality !== this.shown.quality && this.show({ quality }),
        microphoneTrouble: (trouble) => this.show({ trouble }),
      });
      this.driver.start();
    } catch {
      this.tell({ on: "registration", is: "lost" });
      this.again();
    }
  }

  /** Once more from the beginning, later. A call in progress would end by it. */
  private again(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.ended || this.shown.phone.call) return;
      this.driver?.stop();
      this.driver = null;
      void this.connect();
    }, AGAIN);
  }

  private tell(input: Input): void {
    if (this.ended) return;
    const [phone, commands] = step(this.shown.phone, input, Date.now());
    const isNew = phone.call?.id !== this.shown.phone.call?.id;
    this.show({ phone, ...(isNew && { quality: null, talksMuted: false, clips: false }), ...(input.on === "talking" && { trouble: null }) });
    this.headset.shows(lineOf(phone));
    for (const command of commands) {
      if (command.do === "ring" && command.how === "ring") this.ring();
      else if (command.do === "ring") this.play("beep");
      else if (command.do === "silence") this.silence();
      else void this.driver?.carryOut(command);
    }
    // The browser tells us the names of devices only after it gave us one of them.
    if (input.on === "talking") void this.lookAtDevices();
    if (input.on === "registration" && input.is === "refused") this.again();
  }

  private pressed(deed: Deed): void {
    if (deed === "mute" || deed === "unmute") this.mute(deed === "mute");
    else this[deed]();
  }

  /** Of several tabs one rings: whoever holds the bell. */
  private ring(): void {
    if (!navigator.locks) return this.play("ring");
    void navigator.locks.request("ringdesk-bell", { ifAvailable: true }, (bell) => {
      const { call } = this.shown.phone;
      if (!bell || call?.stage !== "ringing") return;
      this.play("ring");
      return new Promise<void>((done) => {
        this.rung = done;
      });
    });
  }

  private silence(): void {
    this.sounds.stop();
    this.rung?.();
    this.rung = null;
  }

  private heard(level: number, speaks: boolean, clips: boolean): void {
    this.level = level;
    this.levels.forEach((listener) => listener());
    const talksMuted = speaks && this.shown.phone.call?.isMuted === true;
    if (talksMuted !== this.shown.talksMuted || clips !== this.shown.clips) this.show({ talksMuted, clips });
  }

  private show(some: Partial<Shown>): void {
    this.shown = { ...this.shown, ...some };
    this.listeners.forEach((listener) => listener());
  }
}
