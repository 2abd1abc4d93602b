import { lamps, layout, press, TELEPHONY, type Collection, type Deed, type Layout, type Line, type Pressed } from "./headset";

/** As far as we use it; the library of types does not have it. */
interface HidDevice extends EventTarget {
  opened: boolean;
  productName: string;
  collections: Collection[];
  open: () => Promise<void>;
  close: () => Promise<void>;
  sendReport: (report: number, data: Uint8Array) => Promise<void>;
}
interface Hid extends EventTarget {
  getDevices: () => Promise<HidDevice[]>;
  requestDevice: (wish: { filters: { usagePage: number }[] }) => Promise<HidDevice[]>;
}

const hid = (): Hid | null => (navigator as Navigator & { hid?: Hid }).hid ?? null;

/** Can this browser have headsets with buttons at all? */
export const hasHeadsets = () => hid() !== null;

/** The headset whose buttons work, if there is one. Permission is given once, in the device panel. */
export class Headset {
  private device: HidDevice | null = null;
  private at: Layout = layout([]);
  private pressed: Pressed = {};
  private line: Line = { stage: "idle", isMuted: false };
  private readonly lit = new Map<number, string>();
  private readonly came = () => void this.find();
  private readonly went = (event: Event) => {
    if ((event as Event & { device?: HidDevice }).device === this.device) this.use(null);
  };
  private readonly report = (event: Event) => {
    const { reportId, data } = event as Event & { reportId: number; data: DataView };
    const [pressed, deeds] = press(this.at, this.pressed, reportId, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), this.line);
    this.pressed = pressed;
    for (const deed of deeds) this.told(deed);
  };

  constructor(
    private readonly told: (deed: Deed) => void,
    private readonly named: (name: string | null) => void,
  ) {}

  start(): void {
    hid()?.addEventListener("connect", this.came);
    hid()?.addEventListener("disconnect", this.went);
    void this.find();
  }

  stop(): void {
    hid()?.removeEventListener("connect", this.came);
    hid()?.removeEventListener("disconnect", this.went);
    this.use(null);
  }

  /** Let the person choose one; the browser allows that only when they have just pressed something. */
  async ask(): Promise<void> {
    const chosen = await hid()?.requestDevice({ filters: [{ usagePage: TELEPHONY }] });
    await this.open(chosen?.[0]);
  }

  /** The telephone stands like this now. */
  shows(line: Line): void {
    this.line = line;
    const { device } = this;
    if (!device) return;
    for (const { report, data } of lamps(this.at, line)) {
      const said = data.join();
      if (said === this.lit.get(report)) continue;
      this.lit.set(report, said);
      void device.sendReport(report, data).catch(() => undefined);
    }
  }

  private async find(): Promise<void> {
    const there = (await hid()?.getDevices().catch(() => [])) ?? [];
    await this.open(there.find((one) => one.collections.some((part) => part.usagePage === TELEPHONY)));
  }

  private async open(device: HidDevice | undefined): Promise<void> {
    if (!device || device === this.device) return;
    try {
      if (!device.opened) await device.open();
    } catch {
      return; // Another program holds it.
    }
    this.use(device);
  }

  private use(device: HidDevice | null): void {
    this.device?.removeEventListener("inputreport", this.report);
    if (this.device && device === null) void this.device.close().catch(() => undefined);
    this.device = device;
    [this.at, this.pressed] = [layout(device?.collections ?? []), {}];
    this.lit.clear();
    device?.addEventListener("inputreport", this.report);
    this.named(device?.productName ?? null);
    this.shows(this.line);
  }
}
