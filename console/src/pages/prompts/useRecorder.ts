import { useCallback, useEffect, useRef, useState } from "react";
import { FIRST } from "../../phone/settings";
import { Microphone, type Heard } from "../../phone/microphone";

/** What the server reads, and what browsers write: Chromium and Firefox the first, Firefox also the second, Safari the last. */
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
/** Nobody speaks a prompt as long; who forgets to stop is stopped. */
export const LONGEST = 5 * 60_000;
/** The level is made the same for all prompts by the server; what a browser improves for calls only spoils a voice. */
const RAW = { ...FIRST, echoCancellation: false, noiseSuppression: false, autoGainControl: false };

export type Recording =
  | { is: "idle" }
  | { is: "opening" }
  | { is: "recording"; since: number }
  | { is: "there"; sound: Blob; url: string }
  | { is: "failed"; why: "denied" | "none" | "unable" };

export interface Recorder {
  recording: Recording;
  heard: Heard | null;
  start: () => Promise<void>;
  stop: () => void;
  /** Forget the take. */
  drop: () => void;
}

/** The browser's microphone, for one take at a time. */
export function useRecorder(): Recorder {
  const [recording, setRecording] = useState<Recording>({ is: "idle" });
  const [heard, setHeard] = useState<Heard | null>(null);
  const microphone = useRef<Microphone | null>(null);
  const recorder = useRef<MediaRecorder | null>(null);
  const isGone = useRef(false);

  const close = useCallback(() => {
    microphone.current?.close();
    microphone.current = null;
    recorder.current = null;
    setHeard(null);
  }, []);
  const stop = useCallback(() => {
    if (recorder.current?.state === "recording") recorder.current.stop();
  }, []);
  const drop = useCallback(() => {
    setRecording((now) => {
      if (now.is === "there") URL.revokeObjectURL(now.url);
      return { is: "idle" };
    });
  }, []);

  const start = useCallback(async () => {
    drop();
    const kind = KINDS.find((one) => typeof MediaRecorder !== "undefined" && MediaRecorder.isTypeSupported(one));
    if (!kind || !navigator.mediaDevices) return setRecording({ is: "failed", why: "unable" });
    setRecording({ is: "opening" });
    try {
      const opened = await Microphone.open(RAW, []);
      if (isGone.current) return opened.close();
      const parts: Blob[] = [];
      const taking = new MediaRecorder(opened.stream, { mimeType: kind, audioBitsPerSecond: 96_000 });
      taking.ondataavailable = ({ data }) => parts.push(data);
      taking.onstop = () => {
        close();
        if (isGone.current) return;
        const sound = new Blob(parts, { type: kind });
        setRecording({ is: "there", sound, url: URL.createObjectURL(sound) });
      };
      microphone.current = opened;
      recorder.current = taking;
      opened.watch(setHeard);
      taking.start();
      setRecording({ is: "recording", since: Date.now() });
    } catch (fault) {
      close();
      const isDenied = fault instanceof DOMException && fault.name === "NotAllowedError";
      setRecording({ is: "failed", why: isDenied ? "denied" : "none" });
    }
  }, [close, drop]);

  const isRecording = recording.is === "recording";
  useEffect(() => {
    if (!isRecording) return;
    const timer = window.setTimeout(stop, LONGEST);
    return () => window.clearTimeout(timer);
  }, [isRecording, stop]);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      stop();
      close();
    };
  }, [stop, close]);
  return { recording, heard, start, stop, drop };
}
