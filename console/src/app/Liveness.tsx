import { DisconnectOutlined } from "@ant-design/icons";
import { useEvents } from "../events";
import { useNow } from "../parts/now";
import { useWords } from "../words";
import { words } from "./words";

/** A blip is nobody's business. */
const WORTH_SAYING = 2_500;

/** A line across the page while the server does not talk to us. */
export function Liveness() {
  const t = useWords(words);
  const { liveness, since } = useEvents();
  const now = useNow();
  const isAway = liveness === "away" && now - since > WORTH_SAYING - 1_000;
  return (
    <div role="status" aria-live="polite">
      {isAway && (
        <div className="away">
          <DisconnectOutlined aria-hidden="true" /> {t.away}
        </div>
      )}
    </div>
  );
}
