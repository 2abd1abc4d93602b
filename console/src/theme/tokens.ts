/**
 * The colours, once for light and once for dark. Text on its ground has a contrast of 4.5 or more everywhere (WCAG AA); the test
 * beside this file computes it. A state is never said by colour alone: beside each stands its word.
 */
export interface Palette {
  /** Behind everything. */
  ground: string;
  /** Cards, bars. */
  surface: string;
  /** What lies on a surface and is quieter: headers, hovered rows, captions. */
  quiet: string;
  border: string;
  text: string;
  /** Labels, times, help. */
  soft: string;
  /** What one presses. */
  accent: string;
  onAccent: string;
  /** Links and the chosen entry. */
  link: string;
  /** Behind the chosen entry. */
  chosen: string;
  good: string;
  goodGround: string;
  busy: string;
  busyGround: string;
  warn: string;
  warnGround: string;
  bad: string;
  badGround: string;
  /** Hang up. */
  danger: string;
  onDanger: string;
  /** Answer. */
  answer: string;
  onAnswer: string;
  focus: string;
}

export const light: Palette = {
  ground: "#f3f5f5",
  surface: "#ffffff",
  quiet: "#f0f4f4",
  border: "#d8dfdf",
  text: "#172424",
  soft: "#566565",
  accent: "#0e6667",
  onAccent: "#ffffff",
  link: "#0b6263",
  chosen: "#dff0ee",
  good: "#17663a",
  goodGround: "#e0f3e7",
  busy: "#174e94",
  busyGround: "#e3eefb",
  warn: "#7a4d00",
  warnGround: "#fdf0d2",
  bad: "#a3201d",
  badGround: "#fde8e6",
  danger: "#bf2a26",
  onDanger: "#ffffff",
  answer: "#177245",
  onAnswer: "#ffffff",
  focus: "#0e6667",
};

export const dark: Palette = {
  ground: "#0f1616",
  surface: "#172020",
  quiet: "#1e2929",
  border: "#324141",
  text: "#e6eded",
  soft: "#a3b3b3",
  accent: "#12777a",
  onAccent: "#ffffff",
  link: "#6cd0c6",
  chosen: "#1d3a3a",
  good: "#79d6a0",
  goodGround: "#16331f",
  busy: "#8fc0fb",
  busyGround: "#182c47",
  warn: "#f2c46b",
  warnGround: "#392a0b",
  bad: "#ff9d97",
  badGround: "#431a1a",
  danger: "#c93a36",
  onDanger: "#ffffff",
  answer: "#1b7f4e",
  onAnswer: "#ffffff",
  focus: "#6cd0c6",
};
