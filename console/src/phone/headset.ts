/**
 * Buttons and lamps of a headset as a pure machine: where they stand in a device's reports (USB HID usage tables), what a press
 * means in the state of the telephone, and which lamps are lit.
 */

/** Usages, page and id (HID Usage Tables 1.5, §14 Telephony and §11 LED). */
export const TELEPHONY = 0x0b;
export const USAGE = {
  hook: 0x0b_0020,
  drop: 0x0b_0026,
  mute: 0x0b_002f,
  lampMute: 0x08_0009,
  lampOffHook: 0x08_0017,
  lampRing: 0x08_0018,
} as const;

/** A report as WebHID describes it, as far as it matters here. */
export interface Report {
  reportId?: number;
  items?: { usages?: number[]; usageMinimum?: number; usageMaximum?: number; isRange?: boolean; isAbsolute?: boolean; isArray?: boolean; reportSize?: number; reportCount?: number }[];
}
export interface Collection {
  usagePage?: number;
  inputReports?: Report[];
  outputReports?: Report[];
  children?: Collection[];
}

/** One bit of a report. */
export interface Bit {
  report: number;
  bit: number;
  /** A switch that says where it stands; else a press that comes and goes. */
  isSwitch: boolean;
}
export type Name = keyof typeof USAGE;
export interface Layout {
  inputs: Partial<Record<Name, Bit>>;
  outputs: Partial<Record<Name, Bit>>;
  /** Bytes of each output report. */
  lengths: Record<number, number>;
}

const NAMES = Object.entries(USAGE) as [Name, number][];

/** Where buttons and lamps stand. */
export function layout(collections: readonly Collection[]): Layout {
  const found: Layout = { inputs: {}, outputs: {}, lengths: {} };
  const read = (report: Report, into: Partial<Record<Name, Bit>>): number => {
    let bit = 0;
    for (const item of report.items ?? []) {
      const [size, count] = [item.reportSize ?? 0, item.reportCount ?? 0];
      for (let n = 0; n < count; n += 1) {
        const usage = item.isRange ? (item.usageMinimum ?? 0) + n : item.usages?.[Math.min(n, (item.usages.length || 1) - 1)];
        const name = size === 1 && !item.isArray ? NAMES.find(([, one]) => one === usage)?.[0] : undefined;
        if (name) into[name] ??= { report: report.reportId ?? 0, bit: bit + n * size, isSwitch: item.isAbsolute !== false };
      }
      bit += size * count;
    }
    return Math.ceil(bit / 8);
  };
  const walk = (all: readonly Collection[]) => {
    for (const one of all) {
      for (const report of one.inputReports ?? []) read(report, found.inputs);
      for (const report of one.outputReports ?? []) found.lengths[report.reportId ?? 0] = read(report, found.outputs);
      walk(one.children ?? []);
    }
  };
  walk(collections);
  return found;
}

/** How the telephone stands, as far as a headset shows it. */
export interface Line {
  stage: "idle" | "ringing" | "talking";
  isMuted: boolean;
}

export type Deed = "answer" | "decline" | "hangUp" | "mute" | "unmute";

/** The last bits that came, by name. */
export type Pressed = Partial<Record<Name, boolean>>;

/** What an input report means now. Bits that did not change mean nothing: devices repeat them. */
export function press(at: Layout, before: Pressed, report: number, data: Uint8Array, line: Line): [Pressed, Deed[]] {
  const now: Pressed = { ...before };
  const deeds: Deed[] = [];
  for (const name of ["hook", "drop", "mute"] as const) {
    const bit = at.inputs[name];
    if (!bit || bit.report !== report) continue;
    const isSet = ((data[bit.bit >> 3] ?? 0) >> (bit.bit & 7)) % 2 === 1;
    const was = before[name] ?? false;
    now[name] = isSet;
    if (isSet === was) continue;
    if (name === "hook") {
      // Lifted it answers; put down, or pressed again where it is no switch, it ends.
      if (isSet && line.stage === "ringing") deeds.push("answer");
      else if (line.stage === "talking" && (bit.isSwitch ? !isSet : isSet)) deeds.push("hangUp");
    } else if (name === "drop" && isSet) {
      if (line.stage === "ringing") deeds.push("decline");
      else if (line.stage === "talking") deeds.push("hangUp");
    } else if (name === "mute" && isSet && line.stage === "talking") {
      deeds.push(line.isMuted ? "unmute" : "mute");
    }
  }
  return [now, deeds];
}

/** The output reports that light the lamps so. */
export function lamps(at: Layout, line: Line): { report: number; data: Uint8Array }[] {
  const lit: [Name, boolean][] = [
    ["lampRing", line.stage === "ringing"],
    ["lampOffHook", line.stage === "talking"],
    ["lampMute", line.stage === "talking" && line.isMuted],
  ];
  const reports = new Map<number, Uint8Array>();
  for (const [name, isLit] of lit) {
    const bit = at.outputs[name];
    if (!bit) continue;
    const data = reports.get(bit.report) ?? new Uint8Array(at.lengths[bit.report] ?? 1);
    reports.set(bit.report, data);
    if (isLit) data[bit.bit >> 3] = (data[bit.bit >> 3] ?? 0) | (1 << (bit.bit & 7));
  }
  return [...reports].map(([report, data]) => ({ report, data }));
}
