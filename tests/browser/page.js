// What a test may ask of the page: connections by name, each with a tone of its own for a microphone.
"use strict";
const connections = new Map();
let audio;

const context = () => (audio ??= new AudioContext({ sampleRate: 48000 }));
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

/** A microphone that hums. */
async function microphone(frequency) {
  // Who was allowed to listen may use all addresses of the machine.
  await (globalThis.allowed ??= navigator.mediaDevices.getUserMedia({ audio: true }));
  await context().resume();
  const oscillator = context().createOscillator();
  const volume = context().createGain();
  const out = context().createMediaStreamDestination();
  oscillator.frequency.value = frequency;
  volume.gain.value = 0.4;
  oscillator.connect(volume).connect(out);
  oscillator.start();
  return { stream: out.stream, oscillator };
}

/** An ear for what comes. */
function ear(track) {
  const stream = new MediaStream([track]);
  // Chromium decodes only what an element plays.
  const element = new Audio();
  element.srcObject = stream;
  element.muted = true;
  element.play().catch(() => {});
  const analyser = context().createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  context().createMediaStreamSource(stream).connect(analyser);
  return { analyser, element };
}

/** The loudest frequency, and how loud it is in dB. */
function loudest({ analyser }) {
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let best = 8;
  for (let n = 8; n < bins.length; n += 1) if (bins[n] > bins[best]) best = n;
  const level = bins[best];
  return { frequency: (best * context().sampleRate) / analyser.fftSize, level: Number.isFinite(level) ? level : -200 };
}

async function connection(name, frequency) {
  const known = connections.get(name);
  if (known) return known;
  const { stream, oscillator } = await microphone(frequency ?? 600);
  const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const made = { pc, stream, oscillator, ear: null };
  pc.ontrack = ({ track }) => {
    made.ear = ear(track);
  };
  connections.set(name, made);
  return made;
}

async function gathered(pc) {
  if (pc.iceGatheringState !== "complete") {
    await Promise.race([
      new Promise((done) => pc.addEventListener("icegatheringstatechange", () => pc.iceGatheringState === "complete" && done())),
      wait(2000),
    ]);
  }
  return pc.localDescription.sdp;
}

globalThis.page = {
  /** Answer an offer of ours. */
  async answer(name, offer, frequency) {
    const { pc, stream } = await connection(name, frequency);
    await pc.setRemoteDescription({ type: "offer", sdp: offer });
    const [transceiver] = pc.getTransceivers();
    if (!transceiver.sender.track) {
      await transceiver.sender.replaceTrack(stream.getAudioTracks()[0]);
      transceiver.direction = "sendrecv";
    }
    await pc.setLocalDescription(await pc.createAnswer());
    return gathered(pc);
  },
  /** Make an offer; `only`: of this codec and keys. */
  async offer(name, { frequency, only, restart, direction } = {}) {
    const { pc, stream } = await connection(name, frequency);
    let [transceiver] = pc.getTransceivers();
    if (!transceiver) {
      transceiver = pc.addTransceiver(stream.getAudioTracks()[0], { direction: "sendrecv", streams: [stream] });
      if (only) {
        const { codecs } = RTCRtpReceiver.getCapabilities("audio");
        const wanted = codecs.filter(({ mimeType }) => [`audio/${only}`, "audio/telephone-event"].some((m) => m.toLowerCase() === mimeType.toLowerCase()));
        transceiver.setCodecPreferences(wanted);
      }
    }
    if (direction) transceiver.direction = direction;
    if (restart) pc.restartIce();
    await pc.setLocalDescription(await pc.createOffer());
    return gathered(pc);
  },
  async take(name, answer) {
    await connections.get(name).pc.setRemoteDescription({ type: "answer", sdp: answer });
  },
  state(name) {
    const { pc } = connections.get(name);
    return { connection: pc.connectionState, ice: pc.iceConnectionState, dtls: pc.getSenders()[0]?.transport?.state ?? null };
  },
  hears(name) {
    const { ear } = connections.get(name);
    return ear ? loudest(ear) : { frequency: 0, level: -200 };
  },
  hum(name, frequency) {
    connections.get(name).oscillator.frequency.value = frequency;
  },
  mute(name, on) {
    connections.get(name).stream.getAudioTracks()[0].enabled = !on;
  },
  async press(name, digits, duration, gap) {
    const { dtmf } = connections.get(name).pc.getSenders()[0];
    dtmf.insertDTMF(digits, duration, gap);
  },
  async stats(name) {
    const stats = { codec: null, packetsReceived: 0, packetsLost: 0, energy: 0, remoteRtt: null };
    const report = await connections.get(name).pc.getStats();
    report.forEach((entry) => {
      if (entry.type === "inbound-rtp") {
        stats.packetsReceived = entry.packetsReceived;
        stats.packetsLost = entry.packetsLost;
        stats.energy = entry.totalAudioEnergy ?? null;
        stats.codec = report.get(entry.codecId)?.mimeType ?? null;
      }
      if (entry.type === "outbound-rtp") stats.packetsSent = entry.packetsSent;
      if (entry.type === "remote-inbound-rtp") stats.remoteRtt = entry.roundTripTime ?? null;
    });
    return stats;
  },
  close(name) {
    const { pc, oscillator } = connections.get(name);
    oscillator.stop();
    pc.close();
    connections.delete(name);
  },
};

// A telephone in the page: SIP over WebSocket by JsSIP, as docs/browser-phone.md wants it.
let agent;
let call;
// Where the server's sound is reached, when something stands between; and how ours reaches it.
let between = null;
let ice = { iceServers: [], bundlePolicy: "max-bundle" };
const calls = new Map();
const told = { registered: false, state: "idle", by: null, cause: null, held: false, digits: "", returns: null, ice: null };

/** Offers and answers name the way in between in the place of the server. */
function through(sdp) {
  if (!between) return sdp;
  return sdp.replace(/^(a=candidate:\S+ \d+ \S+ \d+) \S+ \d+/gm, `$1 ${between.host} ${between.port}`);
}

function follow(session, request) {
  call = { session, ear: null };
  const returns = (session.direction === "incoming" && request?.getHeader("X-Ringdesk-Return")) || null;
  Object.assign(told, { state: session.direction === "incoming" ? "ringing" : "calling", by: null, cause: null, returns });
  const mine = call;
  const watch = (pc) => {
    mine.pc = pc;
    pc.addEventListener("track", ({ track }) => {
      mine.ear = ear(track);
    });
    pc.addEventListener("iceconnectionstatechange", () => {
      if (mine === call) told.ice = pc.iceConnectionState;
    });
  };
  if (session.connection) watch(session.connection);
  session.on("peerconnection", ({ peerconnection }) => watch(peerconnection));
  session.on("sdp", (event) => {
    if (event.originator === "remote") event.sdp = through(event.sdp);
  });
  // The first candidate will do: we are found by our checks. A relay is waited for.
  session.on("icecandidate", ({ candidate, ready }) => {
    if (ice.iceTransportPolicy !== "relay" || candidate.type === "relay") ready();
  });
  // A call that is over may be told so after the next one has begun.
  const now = (news) => mine === call && Object.assign(told, news);
  session.on("confirmed", () => now({ state: "talking" }));
  const over = ({ originator, cause }) => now({ state: "over", by: originator, cause });
  session.on("ended", over);
  session.on("failed", over);
  session.on("hold", ({ originator }) => now({ held: originator }));
  session.on("unhold", () => now({ held: false }));
}

const media = () => ({ pcConfig: ice, sessionTimersExpires: 1800 });

/** The page's own name, which survives that it is loaded anew. */
const instance = () => (sessionStorage.instance ??= crypto.randomUUID());

Object.assign(globalThis.page, {
  async register(url, uri, password, frequency, { instance: name, media: place, turn } = {}) {
    await (globalThis.mouth ??= microphone(frequency));
    between = place ?? null;
    if (turn) {
      const { policy = "relay", ...server } = turn;
      ice = { iceServers: [server], iceTransportPolicy: policy, bundlePolicy: "max-bundle" };
    }
    if (name) sessionStorage.instance = name;
    agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(url)],
      uri,
      password,
      instance_id: instance(),
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 2,
    });
    agent.on("registered", () => (told.registered = true));
    agent.on("unregistered", () => (told.registered = false));
    agent.on("disconnected", () => (told.registered = false));
    agent.on("registrationFailed", ({ cause }) => Object.assign(told, { registered: false, cause }));
    agent.on("newRTCSession", ({ session, request }) => follow(session, request));
    agent.start();
    return instance();
  },
  phone: () => ({ ...told }),
  name: () => instance(),
  /** What JsSIP does when ICE has failed, and when its socket broke in the middle of a request (500). */
  giveUp: () => call.session.terminate({ status_code: 408, reason_phrase: "RTP Timeout", cause: "RTP Timeout" }),
  async pickUp() {
    call.session.answer({ mediaStream: (await globalThis.mouth).stream, ...media() });
  },
  async dial(target) {
    agent.call(target, { mediaStream: (await globalThis.mouth).stream, ...media() });
  },
  /** One of several calls at once, with a voice of its own. */
  async dialBeside(name, target, frequency) {
    const { stream } = await microphone(frequency);
    agent.call(target, { mediaStream: stream, ...media() });
    calls.set(name, call);
  },
  hearsBeside: (name) => (calls.get(name)?.ear ? loudest(calls.get(name).ear) : { frequency: 0, level: -200 }),
  hangUpBeside: (name) => calls.get(name).session.terminate(),
  /** The network is another one: ICE begins anew. */
  restartIce: () => call.session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }),
  /** How the sound goes: what kind of candidate is ours, and by what it reaches its relay. */
  async way() {
    const report = await call.pc.getStats();
    let way = null;
    report.forEach((entry) => {
      if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") {
        const { candidateType, relayProtocol } = report.get(entry.localCandidateId);
        way = { kind: candidateType, relay: relayProtocol ?? null };
      }
    });
    return way;
  },
  phoneHears: () => (call?.ear ? loudest(call.ear) : { frequency: 0, level: -200 }),
  phoneSent: async () => {
    let sent = null;
    (await call.pc.getStats()).forEach((entry) => {
      if (entry.type === "outbound-rtp") sent = { packets: entry.packetsSent };
    });
    return sent;
  },
  hold: (on) => (on ? call.session.hold() : call.session.unhold()),
  muteMe: (on) => (on ? call.session.mute({ audio: true }) : call.session.unmute({ audio: true })),
  pressKeys: (keys) => call.session.sendDTMF(keys, { transportType: "RFC2833", duration: 100, interToneGap: 100 }),
  hangUp: () => call.session.terminate(),
});
