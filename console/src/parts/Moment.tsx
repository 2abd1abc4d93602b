import { useLanguage } from "../words";
import { moment, wholeMoment } from "./moment";

/** When something was; in full when one points at it. */
export function Moment({ at }: { at: number }) {
  const { language } = useLanguage();
  return (
    <time className="figures" dateTime={new Date(at).toISOString()} title={wholeMoment(at, language)}>
      {moment(at, language)}
    </time>
  );
}
