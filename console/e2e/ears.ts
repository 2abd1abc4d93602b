import { expect, type Page } from "@playwright/test";

declare global {
  interface Window {
    heardTracks: MediaStreamTrack[];
    loudest: () => Promise<number>;
  }
}

/** Keep what comes over the page's connections, so that a test can listen to it; the page knows nothing of it. */
export async function withEars(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.heardTracks = [];
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(config?: RTCConfiguration) {
        super(config);
        this.addEventListener("track", ({ track }) => window.heardTracks.push(track));
      }
    };
    let ears: { track: MediaStreamTrack; analyser: AnalyserNode; context: AudioContext } | null = null;
    window.loudest = async () => {
      const track = window.heardTracks.filter((one) => one.readyState === "live").at(-1);
      if (!track) return 0;
      if (ears?.track !== track) {
        const context = new AudioContext({ sampleRate: 48_000 });
        await context.resume();
        const analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0;
        context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        ears = { track, analyser, context };
      }
      const bins = new Float32Array(ears.analyser.frequencyBinCount);
      ears.analyser.getFloatFrequencyData(bins);
      let best = 8;
      for (let n = 8; n < bins.length; n += 1) if ((bins[n] ?? -200) > (bins[best] ?? -200)) best = n;
      return (bins[best] ?? -200) > -60 ? (best * 48_000) / ears.analyser.fftSize : 0;
    };
  });
}

/** The agent at this page hears this tone. */
export async function hears(page: Page, hz: number): Promise<void> {
  await expect.poll(async () => Math.abs((await page.evaluate(() => window.loudest())) - hz) < 12, { timeout: 30_000, message: `${hz} Hz are heard` }).toBe(true);
}

export async function hearsNot(page: Page, hz: number): Promise<void> {
  await expect.poll(async () => Math.abs((await page.evaluate(() => window.loudest())) - hz) > 12, { timeout: 30_000, message: `${hz} Hz are not heard any more` }).toBe(true);
}
