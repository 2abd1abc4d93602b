import { useWords } from "../../words";
import { useHelpDesk } from "./data";
import { words } from "./words";

/** Beside the entry of the menu: answers that I have not read. */
export function HelpDeskMark() {
  const t = useWords(words);
  const unread = useHelpDesk(false).data?.unread ?? 0;
  if (unread === 0) return null;
  return (
    <span className="menu-mark" role="img" aria-label={t.unread(unread)}>
      {unread > 99 ? "99+" : unread}
    </span>
  );
}
