import { present, type Device } from "./devices";
import { clips, DEAF, listen, speaks, type Ear } from "./levels";
import type { Settings } from "./settings";

/** How often it is listened to, in milliseconds. */
const LOOK = 100;

export interface Heard {
  /** 0 to 1, for a bar. */
  level: number;
  speaks: boolean;
  clips: boolean;
}

/** The wish for this microphone; without one the system's. */
function constraints(settings: Settings, device: Device | null): MediaTrackConstraints {
  const { echoCancellation, noiseSuppression, autoGainControl } = settings;
  return { echoCancellation, noiseSuppression, autoGainControl, ...(device && { deviceId: { exact: device.id } }) };
}

/** A microphone that is open. Closed it is given back to the system: the lamp goes out between calls. */
export class Microphone {
  private meter: { context: AudioContext; copy: MediaStreamTrack; timer: number } | null = null;

  private constructor(readonly stream: MediaStream) {}

  static async open(settings: Settings, there: readonly Device[]): Promise<Microphone> {
    const wanted = present(settings.microphone, there);
    const ask = (device: Device | null) => navigator.mediaDevices.getUserMedia({ audio: constraints(settings, device) });
    try {
      return new Microphone(await ask(wanted));
    } catch (fault) {
      // Unplugged between the list and now, or held by another program: the system's will do.
      if (!wanted || (fault instanceof DOMException && fault.name === "NotAllowedError")) throw fault;
      return new Microphone(await ask(null));
    }
  }

  get track(): MediaStreamTrack | undefined {
    return this.stream.getAudioTracks()[0];
  }

  /** Listen to a copy, which goes on when the track is muted: so one is told that one talks unheard. */
  watch(told: (heard: Heard) => void): void {
    const { track } = this;
    if (!track || this.meter) return;
    const context = new AudioContext();
    const copy = track.clone();
    copy.enabled = true;
    const analyser = context.createAnalyser();
    analyser.fftSize = 2048;
    context.createMediaStreamSource(new MediaStream([copy])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let ear: Ear = DEAF;
    let before = performance.now();
    const timer = window.setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const now = performance.now();
      let [sum, peak] = [0, 0];
      for (const sample of samples) {
        sum += sample * sample;
        peak = Math.max(peak, Math.abs(sample));
      }
      const rms = Math.sqrt(sum / samples.length);
      ear = listen(ear, now, now - before, rms, peak);
      before = now;
      told({ level: Math.min(1, rms * 4), speaks: speaks(ear), clips: clips(ear) });
    }, LOOK);
    void context.resume().catch(() => undefined);
    this.meter = { context, copy, timer };
  }

  close(): void {
    if (this.meter) {
      window.clearInterval(this.meter.timer);
      this.meter.copy.stop();
      void this.meter.context.close().catch(() => undefined);
      this.meter = null;
    }
    for (const track of this.stream.getTracks()) track.stop();
  }
}
