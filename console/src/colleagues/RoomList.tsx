import { Input } from "antd";
import { useState } from "react";
import { Moment } from "../parts/Moment";
import { useSession } from "../session";
import { useWords } from "../words";
import { nameOf, onSign, otherIn, type Room } from "./data";
import { PersonState } from "./PersonState";
import { usePeople } from "./useRooms";
import { words } from "./words";

interface Props {
  rooms: readonly Room[] | undefined;
  enter: (room: string) => void;
  write: (person: string) => void;
}

/** My rooms, the newest first, and everybody to whom I can write. */
export function RoomList({ rooms, enter, write }: Props) {
  const t = useWords(words);
  const { user } = useSession();
  const [typed, setTyped] = useState("");
  const people = usePeople(typed).data;
  const found = new Set(people?.map((one) => one.id));
  const said = typed.trim().toLowerCase();
  // Names of people are found by their sound, too: the server knows how they are read.
  const answers = (room: Room) => {
    const other = otherIn(room, user.id);
    return said === "" || (other ? found.has(other.id) : (room.name ?? "").toLowerCase().includes(said));
  };
  const mine = rooms?.filter(answers) ?? [];
  return (
    <div className="colleagues-list">
      <Input allowClear value={typed} placeholder={t.find} aria-label={t.find} onChange={(event) => setTyped(event.target.value)} />
      <h3 id="colleagues-rooms">{t.rooms}</h3>
      {rooms?.length === 0 && <p className="soft">{t.noRooms}</p>}
      <ul aria-labelledby="colleagues-rooms">
        {mine.map((room) => {
          const other = otherIn(room, user.id);
          return (
            <li key={room.id}>
              <button type="button" className="colleagues-row" onClick={() => enter(room.id)}>
                <span className="colleagues-name">{nameOf(room, user.id, t.somebody)}</span>
                {room.unread > 0 && <span className="colleagues-new">{t.fresh(onSign(room.unread))}</span>}
                {other ? <PersonState person={other} /> : <span className="soft">{t.inIt(room.people.length)}</span>}
                {room.seq > 0 && (
                  <span className="soft">
                    <Moment at={room.line_at} />
                  </span>
                )}
              </button>
            </li>
          );
        })}
      </ul>
      <h3 id="colleagues-people">{t.people}</h3>
      {people?.length === 0 && <p className="soft">{t.nobody}</p>}
      <ul aria-labelledby="colleagues-people">
        {people?.map((person) => (
          <li key={person.id}>
            <button type="button" className="colleagues-row" onClick={() => write(person.id)}>
              <span className="colleagues-name">{person.name ?? t.somebody}</span>
              <PersonState person={person} />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
