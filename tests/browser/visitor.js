/**
 * What a test puts into every page and frame of a visitor before its own scripts: a microphone that hums (once the browser has let the page
 * listen at all), and an ear for what comes over its connections. The page knows nothing of it.
 */
export function visitor(frequency) {
  if (!("mediaDevices" in navigator) || !("RTCPeerConnection" in globalThis)) return; // an insecure page has no telephone
  let audio;
  let connection;
  let analyser;
  const context = () => (audio ??= new AudioContext({ sampleRate: 48_000 }));
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    await real(wish);
    await context().resume();
    const [tone, loud, out] = [context().createOscillator(), context().createGain(), context().createMediaStreamDestination()];
    tone.frequency.value = frequency;
    loud.gain.value = 0.4;
    tone.connect(loud).connect(out);
    tone.start();
    return out.stream;
  };
  const Real = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Real {
    constructor(config) {
      super(config);
      connection = this;
      this.addEventListener("track", ({ track }) => {
        analyser = context().createAnalyser();
        analyser.fftSize = 8192;
        analyser.smoothingTimeConstant = 0;
        context().createMediaStreamSource(new MediaStream([track])).connect(analyser);
      });
    }
  };
  globalThis.visitor = {
    /** The loudest frequency that comes, and how loud it is in dB. */
    hears() {
      if (!analyser) return { frequency: 0, level: -200 };
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      let best = 8;
      for (let n = 8; n < bins.length; n += 1) if (bins[n] > bins[best]) best = n;
      return { frequency: (best * context().sampleRate) / analyser.fftSize, level: Number.isFinite(bins[best]) ? bins[best] : -200 };
    },
    /** What kind of candidate of ours the sound goes by, and by what it reaches its relay. */
    async way() {
      const report = await connection?.getStats();
      let way = null;
      report?.forEach((entry) => {
        if (entry.type !== "candidate-pair" || !entry.nominated || entry.state !== "succeeded") return;
        const { candidateType, relayProtocol } = report.get(entry.localCandidateId) ?? {};
        way = { kind: candidateType ?? null, relay: relayProtocol ?? null };
      });
      return way;
    },
    /** What the chat says of the call. */
    says: () => document.querySelector("[role=status].call-text")?.textContent ?? "",
  };
}
