import { PlusOutlined } from "@ant-design/icons";
import { Button, Input, Popconfirm } from "antd";
import { useState } from "react";
import { useSession } from "../session";
import { useWords } from "../words";
import type { Room } from "./data";
import { PersonState } from "./PersonState";
import { usePeople, useRoomSteps } from "./useRooms";
import { words } from "./words";

/** Who is in a room; asking others in, another name, going. */
export function RoomPeople({ room, gone }: { room: Room; gone: () => void }) {
  const t = useWords(words);
  const { user, may } = useSession();
  const [name, setName] = useState(room.name ?? "");
  const [typed, setTyped] = useState("");
  const { add, leave, rename } = useRoomSteps();
  const inIt = new Set(room.people.map((one) => one.id));
  const others = usePeople(typed).data?.filter((one) => !inIt.has(one.id));
  return (
    <div className="colleagues-list">
      {may("staff_rooms.make") && (
        <div className="colleagues-acts">
          <Input value={name} maxLength={60} aria-label={t.roomName} onChange={(event) => setName(event.target.value)} />
          <Button disabled={!name.trim() || name.trim() === room.name} loading={rename.isPending} onClick={() => rename.mutate({ id: room.id, name })}>
            {t.save}
          </Button>
        </div>
      )}
      <h3 id="colleagues-in-it">{t.who}</h3>
      <ul aria-labelledby="colleagues-in-it">
        {room.people.map((person) => (
          <li key={person.id} className="colleagues-row">
            <span className="colleagues-name">{person.id === user.id ? t.me : (person.name ?? t.somebody)}</span>
            <PersonState person={person} />
          </li>
        ))}
      </ul>
      <h3 id="colleagues-add">{t.addSomebody}</h3>
      <Input allowClear value={typed} placeholder={t.find} aria-label={t.addSomebody} onChange={(event) => setTyped(event.target.value)} />
      <ul aria-labelledby="colleagues-add">
        {others?.map((person) => (
          <li key={person.id}>
            <button type="button" className="colleagues-row" aria-label={t.add(person.name ?? t.somebody)} onClick={() => add.mutate({ id: room.id, user: person.id })}>
              <PlusOutlined aria-hidden="true" />
              <span className="colleagues-name">{person.name ?? t.somebody}</span>
            </button>
          </li>
        ))}
      </ul>
      <Popconfirm title={t.leaveSure} okText={t.leave} cancelText={t.cancel} onConfirm={() => leave.mutate(room.id, { onSuccess: gone })}>
        <Button danger loading={leave.isPending}>
          {t.leave}
        </Button>
      </Popconfirm>
    </div>
  );
}
