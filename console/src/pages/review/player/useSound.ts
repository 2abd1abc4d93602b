import { useCallback, useEffect, useRef, useState } from "react";
import { past, type Span } from "./silence";

/** A recording that is being listened to. */
export interface Sound {
  /** Put on the audio element. */
  attach: (element: HTMLAudioElement | null) => void;
  /** Where it is now, for who draws more often than React does. */
  now: () => number;
  ms: number;
  isPlaying: boolean;
  isBroken: boolean;
  rate: number;
  setRate: (rate: number) => void;
  isSkipping: boolean;
  setSkipping: (on: boolean) => void;
  seek: (ms: number) => void;
  toggle: () => void;
  playFrom: (ms: number) => void;
}

/** How soon a silence is left: four times in the margin that stands before it. */
const LOOK_MS = 60;

/** The browser's own player, with silences left out. `startMs`: where it stands when the sound is there. */
export function useSound(startMs: number, silent: readonly Span[]): Sound {
  const element = useRef<HTMLAudioElement | null>(null);
  const wanted = useRef<number | null>(startMs);
  const [ms, setMs] = useState(startMs);
  const [isPlaying, setPlaying] = useState(false);
  const [isBroken, setBroken] = useState(false);
  const [rate, setRateState] = useState(1);
  const [isSkipping, setSkipping] = useState(false);
  const release = useRef<() => void>(() => undefined);

  const now = useCallback(() => {
    const audio = element.current;
    if (!audio || wanted.current !== null) return wanted.current ?? 0;
    return audio.currentTime * 1_000;
  }, []);

  const attach = useCallback((audio: HTMLAudioElement | null) => {
    release.current();
    element.current = audio;
    if (!audio) return;
    const moved = () => setMs(wanted.current ?? audio.currentTime * 1_000);
    const ready = () => {
      if (wanted.current !== null) audio.currentTime = wanted.current / 1_000;
      wanted.current = null;
      setBroken(false);
    };
    const listeners: [string, () => void][] = [
      ["loadedmetadata", ready],
      ["timeupdate", moved],
      ["seeked", moved],
      ["play", () => setPlaying(true)],
      ["pause", () => setPlaying(false)],
      ["ended", () => setPlaying(false)],
      ["error", () => setBroken(true)],
    ];
    for (const [name, act] of listeners) audio.addEventListener(name, act);
    release.current = () => {
      for (const [name, act] of listeners) audio.removeEventListener(name, act);
    };
  }, []);

  const seek = useCallback((to: number) => {
    const audio = element.current;
    const at = Math.max(0, to);
    if (audio && audio.readyState >= 1) audio.currentTime = at / 1_000;
    else wanted.current = at;
    setMs(at);
  }, []);

  const start = useCallback(() => {
    // A browser that lets nothing sound unasked leaves the button to be pressed.
    element.current?.play().catch(() => undefined);
  }, []);

  const toggle = useCallback(() => {
    const audio = element.current;
    if (!audio) return;
    if (audio.paused) start();
    else audio.pause();
  }, [start]);

  const playFrom = useCallback(
    (to: number) => {
      seek(to);
      start();
    },
    [seek, start],
  );

  const setRate = useCallback((next: number) => {
    setRateState(next);
    if (element.current) element.current.playbackRate = next;
  }, []);

  useEffect(() => {
    if (!isSkipping || !isPlaying) return undefined;
    const timer = setInterval(() => {
      const audio = element.current;
      const on = audio ? past(silent, audio.currentTime * 1_000) : null;
      if (audio && on !== null) audio.currentTime = on / 1_000;
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [isSkipping, isPlaying, silent]);

  return { attach, now, ms, isPlaying, isBroken, rate, setRate, isSkipping, setSkipping, seek, toggle, playFrom };
}
