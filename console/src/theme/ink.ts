/** WCAG 2.2, relative luminance of a colour written like `#d46b08`. */
export function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast ratio of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [hi = 0, lo = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

const DARK = "#000000";
const LIGHT = "#ffffff";

/** Black or white, whichever can be read better on it: one of them always has a contrast of 4.5 or more. */
export const inkOn = (ground: string) => (contrast(DARK, ground) >= contrast(LIGHT, ground) ? DARK : LIGHT);
