import { clock } from "../../parts";

/** A figure in its unit; of nothing there is no average. */
export function shown(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "–";
  if (unit === "milliseconds") return clock(value);
  const rounded = Math.round(value * 100) / 100;
  return unit === "percent" ? `${rounded} %` : String(rounded);
}
