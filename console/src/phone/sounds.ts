/**
 * What the console sounds like: made here, so that nothing is loaded when it rings. Each has a shape of its own, to be told apart
 * without looking: a ring is two high tones again and again, a message a single soft one, what is overdue two low ones.
 */
export type Sound = "ring" | "beep" | "message" | "overdue";

interface Note {
  /** Hz. */
  tone: number;
  /** Seconds from the beginning. */
  at: number;
  for: number;
}

const SHAPES: Record<Sound, { notes: Note[]; every: number | null }> = {
  ring: {
    notes: [
      { tone: 784, at: 0, for: 0.18 },
      { tone: 988, at: 0.2, for: 0.18 },
      { tone: 784, at: 0.4, for: 0.18 },
      { tone: 988, at: 0.6, for: 0.3 },
    ],
    every: 2.6,
  },
  beep: { notes: [{ tone: 1320, at: 0, for: 0.12 }], every: null },
  message: { notes: [{ tone: 660, at: 0, for: 0.28 }], every: null },
  overdue: {
    notes: [
      { tone: 392, at: 0, for: 0.16 },
      { tone: 330, at: 0.2, for: 0.3 },
    ],
    every: null,
  },
};

/** Plays to an element, so that it can ring elsewhere than the call is heard. */
export class Sounds {
  private context: AudioContext | null = null;
  private element: HTMLAudioElement | null = null;
  private out: MediaStreamAudioDestinationNode | null = null;
  private repeat: number | undefined;
  private running: GainNode | null = null;

  async play(sound: Sound, loudness: number, sink: string | null): Promise<void> {
    this.stop();
    if (loudness <= 0) return;
    const context = (this.context ??= new AudioContext());
    this.out ??= context.createMediaStreamDestination();
    this.element ??= Object.assign(new Audio(), { srcObject: this.out.stream });
    const { notes, every } = SHAPES[sound];
    const turn = () => this.sing(context, notes, loudness);
    turn();
    if (every !== null) this.repeat = window.setInterval(turn, every * 1000);
    // A page that nobody has touched yet may not sound; the desktop notice still comes.
    await context.resume().catch(() => undefined);
    await this.element.setSinkId?.(sink ?? "").catch(() => undefined);
    await this.element.play().catch(() => undefined);
  }

  stop(): void {
    window.clearInterval(this.repeat);
    this.repeat = undefined;
    this.running?.disconnect();
    this.running = null;
  }

  private sing(context: AudioContext, notes: Note[], loudness: number): void {
    if (!this.out) return;
    const gain = context.createGain();
    gain.gain.value = loudness * 0.5;
    gain.connect(this.out);
    this.running = gain;
    for (const note of notes) {
      const [voice, shape] = [context.createOscillator(), context.createGain()];
      const begin = context.currentTime + 0.02 + note.at;
      voice.frequency.value = note.tone;
      shape.gain.setValueAtTime(0, begin);
      shape.gain.linearRampToValueAtTime(1, begin + 0.015);
      shape.gain.exponentialRampToValueAtTime(0.001, begin + note.for);
      voice.connect(shape).connect(gain);
      voice.start(begin);
      voice.stop(begin + note.for + 0.05);
    }
  }
}
