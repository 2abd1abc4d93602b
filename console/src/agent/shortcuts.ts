/** What can be done by keys. */
export const ACTIONS = ["answer", "decline", "hangUp", "mute", "hold", "transfer", "keypad", "ready", "break", "dial", "note", "suggestion", "colleagues", "help"] as const;
export type Action = (typeof ACTIONS)[number];

/** A key with its modifiers, as `Alt+M`. By place, not by letter: a Chinese input method changes letters, and Alt makes others of them. */
export type Chord = string;

export const FIXED: Record<Action, Chord> = {
  answer: "Alt+A",
  decline: "Alt+D",
  hangUp: "Alt+X",
  mute: "Alt+M",
  hold: "Alt+H",
  transfer: "Alt+T",
  keypad: "Alt+K",
  ready: "Alt+R",
  break: "Alt+B",
  dial: "Alt+P",
  note: "Alt+N",
  suggestion: "Alt+S",
  colleagues: "Alt+C",
  help: "?",
};

/** All of them, from those that somebody has moved; what another version knew and this one does not is nothing here. */
export const withMoved = (moved: Record<string, string>) =>
  Object.fromEntries(ACTIONS.map((action) => [action, moved[action] ?? FIXED[action]])) as Record<Action, Chord>;

/** Those that are not where they were. */
export const movedOf = (own: Record<Action, Chord>): Record<string, string> =>
  Object.fromEntries(ACTIONS.filter((action) => own[action] !== FIXED[action]).map((action) => [action, own[action]]));

/** Of a key event, what counts here. */
export interface Pressed {
  key: string;
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
  keyCode?: number;
  repeat: boolean;
}

/** The chord of what was pressed; `null`: a modifier alone, or something an input method is writing. */
export function chordOf(pressed: Pressed): Chord | null {
  // 229: some input methods say only so that they are at work.
  if (pressed.isComposing || pressed.keyCode === 229 || pressed.key === "Process") return null;
  if (["Alt", "Control", "Meta", "Shift", "AltGraph", "Dead"].includes(pressed.key)) return null;
  const { altKey, ctrlKey, metaKey, shiftKey } = pressed;
  if (pressed.key === "?" && !altKey && !ctrlKey && !metaKey) return "?";
  const name = pressed.code.replace(/^Key|^Digit/, "") || pressed.key;
  const parts = [ctrlKey && "Ctrl", altKey && "Alt", metaKey && "Meta", shiftKey && "Shift", name];
  return parts.filter(Boolean).join("+");
}

/** What a press means. Without a modifier nothing is meant where somebody types. */
export function meant(pressed: Pressed, own: Record<Action, Chord>, isTyping: boolean): Action | null {
  if (pressed.repeat) return null;
  const chord = chordOf(pressed);
  if (!chord) return null;
  const isPlain = !pressed.altKey && !pressed.ctrlKey && !pressed.metaKey;
  if (isPlain && isTyping) return null;
  return ACTIONS.find((action) => own[action] === chord) ?? null;
}

/** Two actions may not share a chord: the other one gets the one that is given up. */
export function remapped(own: Record<Action, Chord>, action: Action, chord: Chord): Record<Action, Chord> {
  const other = ACTIONS.find((one) => one !== action && own[one] === chord);
  return { ...own, ...(other && { [other]: own[action] }), [action]: chord };
}
