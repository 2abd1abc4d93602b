import { isState, TONES } from "../agent/presence";
import { words as agentWords } from "../agent/words";
import { Badge } from "../parts/Badge";
import { useWords } from "../words";
import type { Person } from "./data";
import { words } from "./words";

/** Whether they are at work, as far as others see it. */
export function PersonState({ person }: { person: Person }) {
  const t = useWords(words);
  const a = useWords(agentWords);
  if (!person.active) return <Badge tone="quiet">{t.outOfUse}</Badge>;
  if (!person.state || !isState(person.state)) return null;
  return <Badge tone={TONES[person.state]}>{a[person.state]}</Badge>;
}
