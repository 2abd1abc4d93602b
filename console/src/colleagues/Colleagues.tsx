import { CommentOutlined } from "@ant-design/icons";
import { lazy, Suspense, useEffect } from "react";
import { chordOf, withMoved } from "../agent/shortcuts";
import { useHappened } from "../events";
import { askForDesktop, onDesktop } from "../parts/desktop";
import { Sign } from "../parts/Sign";
import { useSession } from "../session";
import { useWords } from "../words";
import { onSign, unreadIn } from "./data";
import { closeColleagues, openColleagues, useColleaguesPanel } from "./store";
import { useRooms } from "./useRooms";
import { words } from "./words";
import "./colleagues.css";

const Panel = lazy(() => import("./Panel"));

/** The way to one's colleagues, on every page: how much is new, the key, the notice on the desktop. */
export default function Colleagues() {
  const t = useWords(words);
  const { user, preferences } = useSession();
  const { isOpen } = useColleaguesPanel();
  const rooms = useRooms(isOpen);
  const unread = unreadIn(rooms.data);
  const chord = withMoved(preferences.shortcuts).colleagues;

  const open = () => {
    askForDesktop();
    openColleagues();
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.repeat || chordOf(event) !== chord) return;
      event.preventDefault();
      if (isOpen) closeColleagues();
      else openColleagues();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [chord, isOpen]);

  useHappened(({ type, data }) => {
    if (type !== "staff_line_said" || data.user === user.id) return;
    const room = rooms.data?.find((one) => one.id === data.room);
    const who = room?.people.find((one) => one.id === data.user)?.name;
    // Who, and not what: others may look at the screen.
    onDesktop(t.wrote(who ?? t.title), { tag: "ringdesk-colleagues" }, openColleagues);
  });

  return (
    <>
      <Sign
        count={unread > 0 ? onSign(unread) : ""}
        icon={<CommentOutlined />}
        aria-label={unread > 0 ? t.titleNew(onSign(unread)) : t.title}
        aria-expanded={isOpen}
        aria-keyshortcuts={chord}
        title={`${t.title} (${chord})`}
        onClick={isOpen ? closeColleagues : open}
      />
      {isOpen && (
        <Suspense>
          <Panel rooms={rooms.data} />
        </Suspense>
      )}
    </>
  );
}
