import { Button, Input } from "antd";
import { useState } from "react";
import { useWords } from "../words";
import { usePeople, useRoomSteps } from "./useRooms";
import { words } from "./words";

/** A room with a name, and who is in it from the beginning. */
export function NewRoom({ made, close }: { made: (room: string) => void; close: () => void }) {
  const t = useWords(words);
  const [name, setName] = useState("");
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const people = usePeople(typed).data;
  const { make } = useRoomSteps();
  const turn = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const save = () => make.mutate({ name, people: [...chosen] }, { onSuccess: ({ id }) => made(id) });
  return (
    <div className="colleagues-list">
      <Input autoFocus value={name} maxLength={60} placeholder={t.roomName} aria-label={t.roomName} onChange={(event) => setName(event.target.value)} />
      <Input allowClear value={typed} placeholder={t.addSomebody} aria-label={t.addSomebody} onChange={(event) => setTyped(event.target.value)} />
      {people?.length === 0 && <p className="soft">{t.nobody}</p>}
      <ul>
        {people?.map((person) => (
          <li key={person.id}>
            <button type="button" className="colleagues-row" aria-pressed={chosen.has(person.id)} onClick={() => turn(person.id)}>
              <span className="colleagues-name">{person.name ?? t.somebody}</span>
              {chosen.has(person.id) && <span aria-hidden="true">✓</span>}
            </button>
          </li>
        ))}
      </ul>
      <div className="colleagues-acts">
        <Button onClick={close}>{t.cancel}</Button>
        <Button type="primary" disabled={!name.trim()} loading={make.isPending} onClick={save}>
          {t.make}
        </Button>
      </div>
    </div>
  );
}
