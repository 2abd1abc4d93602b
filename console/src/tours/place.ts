/** Where things are, in pixels of the window. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Between the control and the card, and to the edge of the window. */
const GAP = 12;
const EDGE = 10;

/**
 * Where the card stands: below its control where there is room, else above, else beside, else over the lower edge. Never outside of the
 * window.
 */
export function placed(at: Box | null, card: { width: number; height: number }, window: { width: number; height: number }): { left: number; top: number } {
  const clamp = (value: number, size: number, room: number) => Math.max(EDGE, Math.min(value, room - size - EDGE));
  const left = (value: number) => clamp(value, card.width, window.width);
  const top = (value: number) => clamp(value, card.height, window.height);
  if (!at) return { left: left((window.width - card.width) / 2), top: top((window.height - card.height) / 2) };
  const middle = left(at.left + at.width / 2 - card.width / 2);
  if (at.top + at.height + GAP + card.height + EDGE <= window.height) return { left: middle, top: at.top + at.height + GAP };
  if (at.top - GAP - card.height >= EDGE) return { left: middle, top: at.top - GAP - card.height };
  if (at.left + at.width + GAP + card.width + EDGE <= window.width) return { left: at.left + at.width + GAP, top: top(at.top) };
  if (at.left - GAP - card.width >= EDGE) return { left: at.left - GAP - card.width, top: top(at.top) };
  return { left: middle, top: top(window.height) };
}
