import { FileDoneOutlined } from "@ant-design/icons";
import { Button, Input, Select, Switch } from "antd";
import { useId, useState } from "react";
import { Link, useNavigate } from "react-router";
import { Moment, Page } from "../../parts";
import { AddButton } from "../../parts/AddButton";
import { Listing } from "../../parts/Listing";
import { useSession } from "../../session";
import { useWords } from "../../words";
import { Marks } from "./Marks";
import NewTicket from "./NewTicket";
import { PAGE, STATES, useDepartments, usePeople, useTickets, useTypes, type Ticket } from "./data";
import { nameOf, words } from "./words";

type Whose = "all" | "mine" | "nobodys";

/** Every ticket that one may see, the most pressing first. */
export function List() {
  const t = useWords(words);
  const go = useNavigate();
  const { may } = useSession();
  const [typed, setTyped] = useState("");
  const [state, setState] = useState("at_work");
  const [whose, setWhose] = useState<Whose>("all");
  const [department, setDepartment] = useState<string | undefined>();
  const [overdue, setOverdue] = useState(false);
  const [skip, setSkip] = useState(0);
  const [isNew, setNew] = useState(false);
  const overdueId = useId();
  const { data: types } = useTypes();
  const { data: departments } = useDepartments();
  const { data: people } = usePeople();
  const isOneState = state !== "at_work" && state !== "all";
  const found = useTickets(
    {
      state: isOneState ? state : null,
      at_work: state === "at_work",
      mine: whose === "mine",
      unassigned: whose === "nobodys",
      department: department ?? null,
      overdue,
      skip,
    },
    typed,
  );
  const isFiltered = typed !== "" || state !== "at_work" || whose !== "all" || overdue || department !== undefined;
  /** Another question begins at its first page. */
  const ask = (change: () => void) => {
    change();
    setSkip(0);
  };
  const name = (of: readonly { id: string; name: string }[] | undefined, id: string | null | undefined) => of?.find((one) => one.id === id)?.name;
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        may("tickets.create") && <AddButton onClick={() => setNew(true)}>{t.add}</AddButton>
      }
    >
      <div role="search" className="ticket-filters">
        <Input.Search allowClear style={{ maxWidth: 320 }} maxLength={128} placeholder={t.search} aria-label={t.search} onSearch={(wanted) => ask(() => setTyped(wanted.trim()))} />
        <Select
          style={{ minWidth: 160 }}
          aria-label={t.state}
          value={state}
          onChange={(value) => ask(() => setState(value))}
          options={[{ value: "at_work", label: t.everyState }, ...STATES.map((value) => ({ value, label: nameOf(t, value) })), { value: "all", label: t.allStates }]}
        />
        <Select<Whose>
          style={{ minWidth: 130 }}
          aria-label={t.whose}
          value={whose}
          onChange={(value) => ask(() => setWhose(value))}
          options={[
            { value: "all", label: t.everybodys },
            { value: "mine", label: t.mine },
            { value: "nobodys", label: t.nobodys },
          ]}
        />
        <Select
          allowClear
          style={{ minWidth: 150 }}
          aria-label={t.department}
          placeholder={t.everyDepartment}
          value={department}
          onChange={(value: string | undefined) => ask(() => setDepartment(value))}
          options={(departments ?? []).map((one) => ({ value: one.id, label: one.name }))}
        />
        <span>
          <Switch id={overdueId} checked={overdue} onChange={(on) => ask(() => setOverdue(on))} /> <label htmlFor={overdueId}>{t.overdueOnly}</label>
        </span>
      </div>
      <Listing<Ticket>
        read={found}
        rows={found.data}
        icon={<FileDoneOutlined />}
        none={isFiltered ? t.notFound : t.none}
        noneHelp={isFiltered ? t.notFoundHelp : may("tickets.create") ? t.noneHelp : t.noneOfTheirs}
        columns={[
          { title: t.number, className: "figures", render: (_, one) => one.number },
          { title: t.subject, render: (_, one) => <Link to={`/tickets/${one.id}`}>{one.title}</Link> },
          { title: t.state, render: (_, one) => <Marks ticket={one} /> },
          { title: t.kind, render: (_, one) => name(types, one.type) },
          { title: t.department, render: (_, one) => name(departments, one.department) },
          { title: t.assignee, render: (_, one) => name(people, one.assignee) },
          { title: t.contact, render: (_, one) => one.contact_name },
          { title: t.due, render: (_, one) => one.due_at && <Moment at={one.due_at} /> },
          { title: t.changed, render: (_, one) => <Moment at={one.changed_at} /> },
        ]}
      />
      {(found.data?.length === PAGE || skip > 0) && (
        <div className="ticket-filters">
          <Button disabled={skip === 0} onClick={() => setSkip(Math.max(0, skip - PAGE))} aria-label={`1–${skip}`}>
            ←
          </Button>
          <Button disabled={found.data?.length !== PAGE} onClick={() => setSkip(skip + PAGE)}>
            {t.more}
          </Button>
        </div>
      )}
      {isNew && <NewTicket onClose={() => setNew(false)} onMade={(id) => void go(`/tickets/${id}`)} />}
    </Page>
  );
}
