import { useParams } from "react-router";
import { List } from "./List";
import { Ticket } from "./Ticket";
import "./tickets.css";

export default function Tickets() {
  const { id } = useParams();
  return id ? <Ticket key={id} id={id} /> : <List />;
}
