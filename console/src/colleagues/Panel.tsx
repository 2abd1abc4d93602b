import { ArrowLeftOutlined, PlusOutlined, TeamOutlined } from "@ant-design/icons";
import { Button, Drawer } from "antd";
import { useState } from "react";
import { useSession } from "../session";
import { useWords } from "../words";
import { nameOf, otherIn, type Room } from "./data";
import { InRoom } from "./InRoom";
import { NewRoom } from "./NewRoom";
import { PersonState } from "./PersonState";
import { RoomList } from "./RoomList";
import { RoomPeople } from "./RoomPeople";
import { closeColleagues } from "./store";
import { useRoomSteps } from "./useRooms";
import { words } from "./words";

type View = "list" | "new" | { room: string; people: boolean };

/** Beside the page, which goes on: rooms and people, or what is said in one of them. */
export default function Panel({ rooms }: { rooms: readonly Room[] | undefined }) {
  const t = useWords(words);
  const { user, may } = useSession();
  const [view, setView] = useState<View>("list");
  const { direct } = useRoomSteps();
  const chosen = typeof view === "object" ? (rooms?.find((one) => one.id === view.room) ?? null) : null;
  const other = chosen && otherIn(chosen, user.id);
  const enter = (room: string) => setView({ room, people: false });
  const back = () => setView("list");
  const isList = view === "list" || (typeof view === "object" && !chosen);
  return (
    <Drawer
      open
      mask={false}
      size={400}
      onClose={closeColleagues}
      className="colleagues"
      title={
        <span className="colleagues-title">
          {!isList && <Button type="text" size="small" icon={<ArrowLeftOutlined />} aria-label={t.back} onClick={back} />}
          <span className="colleagues-name">{chosen ? nameOf(chosen, user.id, t.somebody) : view === "new" ? t.newRoom : t.title}</span>
        </span>
      }
      extra={
        chosen && typeof view === "object" ? (
          other ? (
            <PersonState person={other} />
          ) : (
            <Button
              type="text"
              icon={<TeamOutlined />}
              aria-label={t.who}
              aria-expanded={view.people}
              title={t.who}
              onClick={() => setView({ room: chosen.id, people: !view.people })}
            >
              {chosen.people.length}
            </Button>
          )
        ) : (
          isList && may("staff_rooms.make") && (
            <Button size="small" icon={<PlusOutlined />} onClick={() => setView("new")}>
              {t.newRoom}
            </Button>
          )
        )
      }
      // Below the bar: presence and telephone stay in reach.
      styles={{ wrapper: { top: 52 }, body: { display: "flex", flexDirection: "column", padding: 0 } }}
    >
      {chosen && typeof view === "object" ? (
        view.people ? (
          <RoomPeople key={chosen.id} room={chosen} gone={back} />
        ) : (
          <InRoom key={chosen.id} room={chosen} />
        )
      ) : view === "new" ? (
        <NewRoom made={enter} close={back} />
      ) : (
        <RoomList rooms={rooms} enter={enter} write={(person) => direct.mutate(person, { onSuccess: ({ id }) => enter(id) })} />
      )}
    </Drawer>
  );
}
