import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useWords } from "../../../words";
import { words } from "../words";
import { columns } from "./columns";
import { clock } from "../../../parts";
import type { Peak, Sound as Peaks } from "./silence";
import type { Sound } from "./useSound";
import css from "./Wave.module.css";

export interface Gap {
  from_ms: number;
  to_ms: number;
  reason: string;
  side: string;
}

interface Props {
  peaks: Peaks | undefined;
  durationMs: number;
  gaps: readonly Gap[];
  /** Moments with a comment. */
  marks: readonly number[];
  sound: Sound;
}

const STEP_MS = 5_000;

/** Both sides of a call, one above the other: pressed, dragged, or moved with the arrow keys. */
export function Wave({ peaks, durationMs, gaps, marks, sound }: Props) {
  const t = useWords(words);
  const box = useRef<HTMLDivElement | null>(null);
  const { now, isPlaying, ms, seek } = sound;

  // The line moves with the screen, not with React.
  useEffect(() => {
    const place = () => {
      const share = durationMs > 0 ? Math.min(1, now() / durationMs) : 0;
      box.current?.style.setProperty("--at", String(share));
    };
    place();
    if (!isPlaying) return undefined;
    let frame = requestAnimationFrame(function draw() {
      place();
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [now, isPlaying, ms, durationMs]);

  const pointed = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    seek(Math.min(1, Math.max(0, (event.clientX - left) / width)) * durationMs);
  };
  const pressed = (event: KeyboardEvent) => {
    const to = { ArrowLeft: now() - STEP_MS, ArrowRight: now() + STEP_MS, Home: 0, End: durationMs }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    seek(Math.min(durationMs, to));
  };
  const share = (at: number) => `${durationMs > 0 ? (100 * at) / durationMs : 0}%`;
  const gapName = (reason: string) => ({ pause: t.gapPause, mask: t.gapMask })[reason] ?? t.gapLost;

  return (
    <div className={css.wave}>
      <div className={css.names} aria-hidden>
        <span>{t.caller}</span>
        <span>{t.house}</span>
      </div>
      <div
        ref={box}
        className={css.box}
        role="slider"
        tabIndex={0}
        aria-label={t.position}
        aria-valuemin={0}
        aria-valuemax={Math.round(durationMs / 1_000)}
        aria-valuenow={Math.round(ms / 1_000)}
        aria-valuetext={t.ofTotal(clock(ms), clock(durationMs))}
        onKeyDown={pressed}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          pointed(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && pointed(event)}
      >
        <Side peaks={peaks?.left} />
        <Side peaks={peaks?.right} />
        {gaps.map((gap) => (
          <div
            key={`${gap.side}${gap.from_ms}`}
            className={css.gap}
            data-side={gap.side}
            title={`${gapName(gap.reason)} ${clock(gap.from_ms)}–${clock(gap.to_ms)}`}
            style={{ left: share(gap.from_ms), width: share(gap.to_ms - gap.from_ms) }}
          />
        ))}
        {marks.map((at, n) => (
          <div key={`${at}-${n}`} className={css.mark} style={{ left: share(at) }} />
        ))}
        <div className={css.line} />
      </div>
    </div>
  );
}

/** Drawn twice: as it will be heard, and over it as it was. */
function Side({ peaks }: { peaks: readonly Peak[] | undefined }) {
  return (
    <div className={css.side}>
      <Drawing peaks={peaks} name="--soft" className={css.rest} />
      <Drawing peaks={peaks} name="--link" className={css.played} />
    </div>
  );
}

function Drawing({ peaks, name, className }: { peaks: readonly Peak[] | undefined; name: string; className?: string }) {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const [width, setWidth] = useState(0);
  const [ground, setGround] = useState(0);

  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element) return undefined;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    // Light and dark set the variables anew.
    const theme = new MutationObserver(() => setGround((n) => n + 1));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
    return () => {
      watch.disconnect();
      theme.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen || width === 0) return;
    const scale = window.devicePixelRatio || 1;
    const height = element.clientHeight;
    element.width = Math.round(width * scale);
    element.height = Math.round(height * scale);
    pen.scale(scale, scale);
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
    const middle = height / 2;
    columns(peaks ?? [], Math.floor(width / 3)).forEach((share, n) => {
      const tall = Math.max(1, share * (height - 4));
      pen.fillRect(n * 3, middle - tall / 2, 2, tall);
    });
  }, [peaks, width, name, ground]);

  return <canvas ref={canvas} className={className} aria-hidden />;
}
