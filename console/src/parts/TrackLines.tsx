import type { Shown } from "../api";
import { dictionary, useWords } from "../words";
import { clock } from "./duration";
import { Moment } from "./Moment";
import "./track.css";

const words = dictionary({
  en: { click: "Clicked", form: "Sent the form", event: "Event", looked: (time: string) => `looked at it for ${time}` },
  zh: { click: "点击", form: "提交表单", event: "事件", looked: (time: string) => `停留 ${time}` },
});

/** Only what the web knows is a link: an address that somebody made up opens nothing. */
export const isAddress = (text: string) => /^https?:\/\//.test(text);

/** A page by its title; a link where it is one. */
export function SitePage({ page, title }: { page?: string | null; title?: string | null }) {
  const name = title ?? page;
  if (!page || !isAddress(page)) return <>{name}</>;
  return (
    <a href={page} title={page} target="_blank" rel="noreferrer noopener">
      {name}
    </a>
  );
}

/** What a visitor did on a site, line by line. */
export function TrackLines({ lines }: { lines: readonly Shown["TrackReply"][] }) {
  const t = useWords(words);
  const kinds: Record<string, string> = { click: t.click, form: t.form, event: t.event };
  return (
    <ol className="track-lines">
      {lines.map((line, n) => (
        <li key={`${line.at} ${n}`}>
          <Moment at={line.at} />
          <div>
            {line.kind === "page" ? <SitePage page={line.page} title={line.title} /> : [kinds[line.kind], line.name].filter(Boolean).join(" ")}
            {line.dwell_ms !== null && line.dwell_ms !== undefined && <span className="soft"> · {t.looked(clock(line.dwell_ms))}</span>}
            {Object.keys(line.fields).length > 0 && (
              <span className="soft">
                {" · "}
                {Object.entries(line.fields)
                  .map(([name, value]) => `${name}: ${value}`)
                  .join(", ")}
              </span>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
